using System.Buffers;
using System.Text;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Consume;

/// <summary>
/// Prints records to standard output: collected into large writes while there are more at hand, at once when the next one must be waited for.
/// </summary>
internal sealed class ConsumeRun(CloudStreamClient client, ConsumeRequest wanted)
{
    private const int WriteBytes = 64 * 1024;
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(30);
    private readonly ArrayBufferWriter<byte> _pending = new(WriteBytes + 4096);
    private readonly Stream _output = StandardOutput.Open();
    private readonly byte[] _topic = Encoding.UTF8.GetBytes(wanted.Topic);

    /// <exception cref="OutputClosedException">Nobody reads the output any more.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<TopicPartitionOffset> places = await StartOffsets.ResolveAsync(client.Admin, wanted, cancellationToken);
        long left = wanted.Count ?? long.MaxValue;
        if (left == 0)
            return;
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = !wanted.Follow, RetryTimeout = wanted.Follow ? Timeout.InfiniteTimeSpan : RetryTimeout });
        consumer.Assign(places);
        await using IAsyncEnumerator<ConsumedRecord> records = consumer.ConsumeRecordsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (left > 0 && await MoveNextAsync(records))
            {
                Print(records.Current);
                left--;
            }
        }
        finally
        {
            // What was read before a failure is printed before it is reported.
            Write();
        }
    }

    private ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ConsumedRecord> records)
    {
        ValueTask<bool> next = records.MoveNextAsync();
        if (!next.IsCompleted || _pending.WrittenCount >= WriteBytes)
            Write();
        return next;
    }

    private void Print(in ConsumedRecord consumed) => wanted.Format.Write(_pending, new FormattedRecord(
        _topic,
        consumed.TopicPartition.Partition,
        consumed.Record.Offset,
        consumed.Record.Timestamp,
        consumed.Record.Key,
        consumed.Record.Value,
        consumed.Record.HeaderCount == 0 ? [] : consumed.Record.Headers.ToArray()));

    private void Write()
    {
        if (_pending.WrittenCount == 0)
            return;
        ReadOnlySpan<byte> bytes = _pending.WrittenSpan;
        _pending.ResetWrittenCount();
        _output.Write(bytes);
    }
}
