using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Records.Compression;

namespace CloudStream.Cli.Produce;

/// <summary>Reads records to the input's end, or to the first that cannot be read or delivered, and waits for every acknowledgement.</summary>
internal static class ProduceRun
{
    private const int MaxLineBytes = 64 * 1024 * 1024;

    public static async Task<int> RunAsync(CloudStreamClient client, string topic, Stream input, IRecordParser parser, CompressionType compression, CancellationToken cancellationToken)
    {
        var tally = new DeliveryTally();
        string? failure = null;
        using (var progress = ProduceProgress.Start(tally))
        {
            await using Producer producer = client.CreateProducer(new ProducerOptions { Compression = compression });
            var lines = new LineReader(input, MaxLineBytes);
            try
            {
                await SendAsync(producer, topic, lines, parser, tally, cancellationToken);
            }
            catch (Exception e) when (e is FormatException or InvalidDataException)
            {
                failure = e is InvalidDataException ? e.Message : $"line {lines.LineNumber}: {e.Message}";
            }
            catch (ProduceException e)
            {
                failure = $"line {lines.LineNumber}: {e.Message}";
            }

            await producer.FlushAsync(cancellationToken);
        }

        Console.WriteLine($"{Counted.Of(tally.Acknowledged, "record")} acknowledged");
        failure ??= tally.FirstFailure;
        if (failure is null)
            return ExitCode.Ok;
        string others = tally.Failed > 1 ? $" ({tally.Failed} records were not delivered)" : "";
        throw new CommandException($"{failure}{others}");
    }

    private static async Task SendAsync(Producer producer, string topic, LineReader lines, IRecordParser parser, DeliveryTally tally, CancellationToken cancellationToken)
    {
        Action<DeliveryReport> onDelivery = tally.Count;
        while (tally.Failed == 0 && lines.TryRead(out ReadOnlyMemory<byte> line))
            await producer.EnqueueAsync(topic, parser.Parse(line), onDelivery, null, cancellationToken);
    }
}
