using System.CommandLine;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary><c>cloudstream serve</c>: one broker on a folder, or on a bucket and a table.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var stores = new StoreOptions();
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
        Option<Duration> flushInterval = Duration.Option("--flush-interval", null,
            "Least time between two flushes of a shard; the first record after a quiet spell does not wait. By default 5 ms on a folder, "
                + "250 ms on S3.");
        var set = new Option<string[]>("--set")
        {
            Description = "A broker setting under Kafka's name, such as num.partitions=6; may be given several times.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => [],
        };
        Command command = new Command(
            "serve", "Run a broker on a folder, or on S3 and DynamoDB. SIGTERM and Ctrl-C drain and end it with exit code 0.") {
            http, kafka, advertised, certificate, key, users, flushInterval, set }
            .WithExamples(
                "cloudstream serve",
                "cloudstream serve --data /var/lib/cloudstream --http 0.0.0.0:8098",
                "cloudstream serve --kafka 0.0.0.0:9092 --kafka-advertised broker.example:9092",
                "cloudstream serve --kafka 0.0.0.0:9093 --kafka-tls-cert broker.pem --kafka-users users.txt",
                "cloudstream serve --store s3://my-bucket/streams --table my-table --region eu-central-1",
                "cloudstream serve --data ./demo --flush-interval 20ms --set num.partitions=6 --set log.retention.ms=3600000");
        stores.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            DescriptorBudget.RequireEnough(); // Before assemblies are loaded for which there are too few.
            KafkaSettings kafkaSettings = KafkaOf(parsed.GetValue(kafka), parsed.GetValue(advertised), parsed.GetValue(certificate),
                parsed.GetValue(key), parsed.GetValue(users));
            StorePlace place = stores.PlaceOf(parsed);
            var settings = new ServeSettings(
                place, parsed.GetValue(http)!, kafkaSettings,
                parsed.GetResult(flushInterval) is { Implicit: false } ? parsed.GetValue(flushInterval).Value : place.FlushInterval,
                SettingArguments.Parse(parsed.GetValue(set)!));
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
