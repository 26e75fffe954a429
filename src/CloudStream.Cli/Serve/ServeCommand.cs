using System.CommandLine;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary><c>cloudstream serve</c>: one broker on a local folder.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "Folder of the log; made when missing. Several processes may share one.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ServeSettings.DefaultData,
        };
        Option<ListenAddress?> http = ListenAddress.Option("--http", "Where the HTTP API listens; port 0 takes a free one.", ServeSettings.DefaultHttp);
        Option<ListenAddress?> kafka = ListenAddress.Option("--kafka", "Where the Kafka protocol listens. This version does not speak it and refuses the option.", null);
        Option<Duration> flushInterval = Duration.Option("--flush-interval", TimeSpan.FromMilliseconds(5), "Least time between two flushes of a shard; the first record after a quiet spell does not wait.");
        var set = new Option<string[]>("--set")
        {
            Description = "A broker setting under Kafka's name, such as num.partitions=6; may be given several times.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => [],
        };
        Command command = new Command("serve", "Run a broker on a local folder. SIGTERM and Ctrl-C drain and end it with exit code 0.") { data, http, kafka, flushInterval, set }
            .WithExamples(
                "cloudstream serve",
                "cloudstream serve --data /var/lib/cloudstream --http 0.0.0.0:8098",
                "cloudstream serve --data ./demo --flush-interval 20ms --set num.partitions=6 --set log.retention.ms=3600000");
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(kafka) is not null)
                throw CommandException.Usage("--kafka: this version does not speak the Kafka protocol yet; leave the option out and use --http");
            var settings = new ServeSettings(parsed.GetValue(data)!, parsed.GetValue(http)!, parsed.GetValue(flushInterval).Value, SettingArguments.Parse(parsed.GetValue(set)!));
            await ServeHost.RunAsync(settings);
            return ExitCode.Ok;
        });
        return command;
    }
}
