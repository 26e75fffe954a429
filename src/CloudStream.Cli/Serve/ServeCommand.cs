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
            DefaultValueFactory = _ => Defaults.Data,
        };
        Option<ListenAddress?> http = ListenAddress.Option("--http", "Where the HTTP API listens; port 0 takes a free one.", Defaults.Http);
        Option<ListenAddress?> kafka = ListenAddress.Option(
            "--kafka", $"Where the Kafka protocol listens; port 0 takes a free one. Without it {Defaults.Kafka}, if that is free.", null);
        Option<ListenAddress?> advertised = ListenAddress.Option(
            "--kafka-advertised", "What Kafka clients are told to come to; by default the address that they came to.", null);
        var certificate = new Option<string?>("--kafka-tls-cert")
        {
            Description = "Certificate for TLS on the Kafka port: PEM with its key, or PFX.",
            HelpName = "FILE"
        };
        var key = new Option<string?>("--kafka-tls-key")
        {
            Description = "The certificate's key, where --kafka-tls-cert does not hold it.",
            HelpName = "FILE"
        };
        var users = new Option<string?>("--kafka-users")
        {
            Description = "Users of the Kafka port, by SASL PLAIN: a file with a line NAME:PASSWORD for each. The HTTP API has none.",
            HelpName = "FILE"
        };
        Option<Duration> flushInterval = Duration.Option("--flush-interval", TimeSpan.FromMilliseconds(5),
            "Least time between two flushes of a shard; the first record after a quiet spell does not wait.");
        var pageCache = new Option<bool>("--page-cache")
        {
            Description = "Read and write large runs of records through the page cache, too: for a slow disk beside much memory."
        };
        var set = new Option<string[]>("--set")
        {
            Description = "A broker setting under Kafka's name, such as num.partitions=6; may be given several times.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => [],
        };
        Command command = new Command("serve", "Run a broker on a local folder. SIGTERM and Ctrl-C drain and end it with exit code 0.") {
            data, http, kafka, advertised, certificate, key, users, flushInterval, pageCache, set }
            .WithExamples(
                "cloudstream serve",
                "cloudstream serve --data /var/lib/cloudstream --http 0.0.0.0:8098",
                "cloudstream serve --kafka 0.0.0.0:9092 --kafka-advertised broker.example:9092",
                "cloudstream serve --kafka 0.0.0.0:9093 --kafka-tls-cert broker.pem --kafka-users users.txt",
                "cloudstream serve --data ./demo --flush-interval 20ms --set num.partitions=6 --set log.retention.ms=3600000");
        command.SetAction(async (parsed, _) =>
        {
            DescriptorBudget.RequireEnough(); // Before assemblies are loaded for which there are too few.
            KafkaSettings kafkaSettings = KafkaOf(parsed.GetValue(kafka), parsed.GetValue(advertised), parsed.GetValue(certificate),
                parsed.GetValue(key), parsed.GetValue(users));
            var settings = new ServeSettings(
                parsed.GetValue(data)!, parsed.GetValue(http)!, kafkaSettings, parsed.GetValue(flushInterval).Value,
                parsed.GetValue(pageCache), SettingArguments.Parse(parsed.GetValue(set)!));
            await ServeHost.RunAsync(settings);
            return ExitCode.Ok;
        });
        return command;
    }

    private static KafkaSettings KafkaOf(ListenAddress? listen, ListenAddress? advertised, string? certificate, string? key, string? users)
    {
        if (listen is null)
        {
            return advertised is null && certificate is null && key is null && users is null
                ? KafkaSettings.Default
                : throw CommandException.Usage(
                    "--kafka-advertised, --kafka-tls-cert, --kafka-tls-key and --kafka-users go with --kafka HOST:PORT");
        }

        if (key is not null && certificate is null)
            throw CommandException.Usage("--kafka-tls-key goes with --kafka-tls-cert");
        if (advertised is { Port: 0 })
            throw CommandException.Usage("--kafka-advertised: clients need a port from 1 to 65535");
        if (advertised is not null && !advertised.IsPlace)
            throw CommandException.Usage(
                $"--kafka-advertised: clients cannot come to {advertised}; it must be a name or an address of one machine");
        return new KafkaSettings(listen, advertised, certificate, key, users);
    }
}
