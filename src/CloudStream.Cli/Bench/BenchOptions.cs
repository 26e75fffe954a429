using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Face;

namespace CloudStream.Cli.Bench;

/// <summary>The options of the measurements; each takes those that mean something to it.</summary>
internal sealed class BenchOptions
{
    private const string Http = "http", Kafka = "kafka";

    private static readonly TimeSpan MaxLinger = TimeSpan.FromMinutes(1);

    private readonly Option<string?> _topic = new("--topic")
    {
        Description = "Use this topic; otherwise one is made and deleted afterwards.",
        HelpName = "NAME"
    };
    private readonly Option<long> _records = Number("--records", "How many records.", 500_000L, 1, 10_000_000_000);
    private readonly Option<long> _warmUp = Number(
        "--warm-up", "Records that are produced before measuring, so that the broker's code is compiled and its buffers are there.", 0L, 0,
        10_000_000_000);
    private readonly Option<int> _recordSize = Number("--record-size", "Length of each value in bytes.", 1024, 16, 16 * 1024 * 1024);
    private readonly Option<int> _partitions = Number("--partitions", "Partitions of the topic that is made.", 4, 1, 10_000);
    private readonly Option<string> _compression = CompressionOption.Create();
    private readonly Option<string> _acks = new("--acks")
    {
        Description = "What an acknowledgement means; 1 and all both mean committed.",
        HelpName = "1|all",
        DefaultValueFactory = _ => "all"
    };
    private readonly Option<int> _batchSize = Number("--batch-size", "Bytes at which a batch is full.", 256 * 1024, 1024, 64 * 1024 * 1024);
    private readonly Option<Duration> _linger = Duration.Option(
        "--linger", TimeSpan.FromMilliseconds(5), "How long a batch waits for more records.");
    private readonly Option<bool> _sequential = new("--sequential")
    {
        Description = "One record at a time, each acknowledged before the next is sent."
    };
    private readonly Option<bool> _decode = new("--decode")
    {
        Description = "Look at every record; otherwise batches are checked and counted."
    };
    private readonly Option<int> _rate = Number("--rate", "Records a second; 0 for as many as possible.", 1000, 0, 100_000_000);
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the topic that was made." };
    private readonly Option<string> _protocol = new("--protocol")
    {
        Description =
            "How records go to the broker and back. By kafka, produce sends batches that were finished before, so that --linger means "
                + "nothing to it; the topic and the broker's usage are asked for over HTTP in any case.",
        HelpName = "http|kafka",
        DefaultValueFactory = _ => Http
    };
    private readonly Option<HostPort> _kafka = KafkaOption.Create();
    private readonly Option<Uri> _server = ServerOption.Create();

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };

    public IEnumerable<Option> All(string measurement)
    {
        _acks.AcceptOnlyFromAmong("1", "all");
        _protocol.AcceptOnlyFromAmong(Http, Kafka);
        return
        [
            .. measurement == "e2e" ? (Option[])[] : [_topic],
            _protocol, _records, _recordSize, _partitions, _compression, _acks, _batchSize, _linger,
            .. measurement switch { "produce" => [_sequential, _warmUp], "consume" => [_decode], _ => (Option[])[_rate] },
            _keep, Json, _kafka, _server,
        ];
    }

    /// <exception cref="CommandException">A value is out of its range, or does not go with another.</exception>
    public BenchRequest Read(ParseResult parsed) => new(
        parsed.GetValue(_server)!,
        KafkaOf(parsed),
        parsed.GetValue(_topic),
        parsed.GetValue(_records),
        parsed.GetValue(_warmUp),
        parsed.GetValue(_recordSize),
        parsed.GetValue(_partitions),
        CompressionOption.Of(parsed.GetValue(_compression)!),
        parsed.GetValue(_batchSize),
        parsed.GetValue(_linger).Value is var linger && linger <= MaxLinger
            ? linger
            : throw CommandException.Usage("--linger: more than 1m"),
        parsed.GetValue(_sequential),
        parsed.GetValue(_decode),
        parsed.GetValue(_rate),
        parsed.GetValue(_keep));

    private HostPort? KafkaOf(ParseResult parsed)
    {
        if (parsed.GetValue(_protocol) == Kafka)
            return parsed.GetValue(_kafka);
        return parsed.GetResult(_kafka) is { Implicit: false }
            ? throw CommandException.Usage("--kafka HOST:PORT goes with --protocol kafka")
            : null;
    }

    private static Option<T> Number<T>(string name, string description, T fallback, T least, T most)
        where T : IComparable<T>, ISpanParsable<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out T? value) && value.CompareTo(least) >= 0
                    && value.CompareTo(most) <= 0)
                    return value;
                result.AddError($"{name}: {text} is no whole number from {least} to {most}");
                return fallback;
            },
        };
}
