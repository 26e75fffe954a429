using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Records.Compression;

namespace CloudStream.Cli.Produce;

/// <summary>
/// Reads records to the input's end, or to the first that cannot be read or delivered, and waits for every acknowledgement.
/// </summary>
internal sealed class ProduceRun(CloudStreamClient client, Uri server, string topic, IRecordParser parser, CompressionType compression)
{
    private const int MaxLineBytes = 64 * 1024 * 1024;

    // Whoever presses Ctrl-C wants to wait for what is on its way, but not for a server that is away.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    // With the patience of the question that follows it is said within 2 s or so that the server does not answer.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly DeliveryTally _tally = new();

    /// <param name="input">One record a line.</param>
    /// <param name="inputName">What to call the input in a message.</param>
    /// <param name="cancellationToken">Ends it as Ctrl-C does.</param>
    public async Task<int> RunAsync(Stream input, string inputName, CancellationToken cancellationToken)
    {
        using var stop = new StopSignal();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        string? failure = null;
        bool isInterrupted = false;
        using (var progress = ProduceProgress.Start(_tally))
        await using (var watch = ServerWatch.Start(server, Silence, isAskedAtOnce: true, () => _tally.Acknowledged, () => _tally.Open > 0))
        await using (Producer producer = client.CreateProducer(
            new ProducerOptions { Compression = compression, CloseTimeout = StopPatience }))
        {
            try
            {
                // Beside: whoever ends it does not wait for the next line of a terminal or a pipe.
                failure = await Task.Run(() => SendAsync(producer, new LineReader(input, MaxLineBytes), either.Token),
                    CancellationToken.None)
                    .WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                isInterrupted = true;
            }
        }

        Console.WriteLine($"{Counted.Of(_tally.Acknowledged, "record")} acknowledged");
        if (isInterrupted)
            throw new CommandException(Interruption());
        failure ??= _tally.FirstFailure;
        if (failure is not null)
            throw new CommandException($"{failure}{(_tally.Failed > 1 ? $" ({_tally.Failed} records were not delivered)" : "")}");
        if (_tally.Begun == 0)
            Console.Error.WriteLine($"cloudstream: no records on {inputName}");
        return ExitCode.Ok;
    }

    private string Interruption()
    {
        long open = _tally.Begun - _tally.Acknowledged;
        string given = open == 0
            ? ""
            : $"; {Counted.Of(open, "more record")} had been read and had no acknowledgement yet (may be stored or not)";
        return $"interrupted: {Counted.Of(_tally.Acknowledged, "record")} stored{given}";
    }

    private async Task<string?> SendAsync(Producer producer, LineReader lines, CancellationToken cancellationToken)
    {
        string? failure = null;
        try
        {
            Action<DeliveryReport> onDelivery = _tally.Count;
            while (_tally.Failed == 0 && lines.TryRead(out ReadOnlyMemory<byte> line))
            {
                ProduceRecord record = parser.Parse(line);
                _tally.Begin();
                await producer.EnqueueAsync(topic, record, onDelivery, null, cancellationToken);
            }
        }
        catch (InvalidDataException e)
        {
            failure = e.Message;
        }
        catch (Exception e) when (e is FormatException or ProduceException)
        {
            failure = $"line {lines.LineNumber}: {e.Message}";
        }

        await producer.FlushAsync(cancellationToken);
        return failure;
    }
}
