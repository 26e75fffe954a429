using System.CommandLine;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Bench;

/// <summary><c>cloudstream bench …</c>: what a broker and this client do together.</summary>
internal static class BenchCommand
{
    public static Command Create() =>
        new Command("bench", "Measure a running broker: rates, latencies, and what it costs the broker.")
        {
            Measurement("produce", "Produce records as fast as possible, or one after the other with --sequential.", ProduceBench.RunAsync)
                .WithExamples("cloudstream bench produce --records 1000000",
                    "cloudstream bench produce --sequential --records 1000 --partitions 1",
                    "cloudstream bench produce --compression zstd --json",
                    "cloudstream bench produce --protocol kafka --warm-up 200000 --batch-size 16384"),
            Measurement("consume", "Fill a topic and read it back, or read one that is there with --topic.", ConsumeBench.RunAsync)
                .WithExamples("cloudstream bench consume --records 1000000", "cloudstream bench consume --topic orders --decode",
                    "cloudstream bench consume --protocol kafka --kafka 127.0.0.1:9092"),
            Measurement("e2e", "Produce at a steady rate and measure the time from produce to consume.", EndToEndBench.RunAsync)
                .WithExamples("cloudstream bench e2e --rate 1000 --records 10000",
                    "cloudstream bench e2e --rate 50000 --records 500000 --json",
                    "cloudstream bench e2e --protocol kafka --rate 1000 --linger 1ms"),
        }.WithExamples("cloudstream bench produce", "cloudstream bench consume --json", "cloudstream bench e2e --rate 1000");

    private static Command Measurement(
        string name, string description, Func<CloudStreamClient, BenchRequest, CancellationToken, Task<IReadOnlyList<BenchReport>>> run)
    {
        var options = new BenchOptions();
        var command = new Command(name, description);
        foreach (Option option in options.All(name))
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            BenchRequest request = options.Read(parsed);
            using CloudStreamClient client = Connection.Open(request.Server);
            IReadOnlyList<BenchReport> reports = await run(client, request, cancellationToken);
            if (parsed.GetValue(options.Json))
                BenchJson.Print(reports, request);
            else
                BenchTable.Print(reports);
            return ExitCode.Ok;
        });
        return command;
    }
}
