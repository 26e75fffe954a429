using System.Buffers;
using System.Text;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Consume;

/// <summary>
/// Prints records to standard output: collected into large writes while there are more at hand, at once when the next one must be waited
/// for.
/// </summary>
internal sealed class ConsumeRun(CloudStreamClient client, Uri server, ConsumeRequest wanted)
{
    private const int WriteBytes = 64 * 1024;
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(30);

    // Nothing to read is no silence; asking now and then costs nothing.
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(5);
    private readonly ArrayBufferWriter<byte> _pending = new(WriteBytes + 4096);
    private readonly Stream _output = StandardOutput.Open();
    private readonly byte[] _topic = Encoding.UTF8.GetBytes(wanted.Topic);

    private readonly Lock _writing = new();
    private readonly Dictionary<TopicPartition, long> _printed = [];
    private GroupConsumer? _member;
    private long _consumed;

    /// <exception cref="OutputClosedException">Nobody reads the output any more.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return;
        await using var watch = ServerWatch.Start(
            server, IdleInterval, isAskedAtOnce: false, () => Volatile.Read(ref _consumed), () => true);
        if (wanted.Group is not null)
            await RunAsMemberAsync(wanted.Group, cancellationToken);
        else
            await RunAloneAsync(cancellationToken);
    }

    private async Task RunAloneAsync(CancellationToken cancellationToken)
    {
        List<TopicPartitionOffset> places = await StartOffsets.ResolveAsync(client.Admin, wanted, cancellationToken);
        await using Consumer consumer = client.CreateConsumer(
            new ConsumerOptions { StopAtEnd = !wanted.Follow, RetryTimeout = wanted.Follow ? Timeout.InfiniteTimeSpan : RetryTimeout });
        consumer.Assign(places);
        await PrintAsync(consumer.ConsumeRecordsAsync(cancellationToken), cancellationToken);
    }

    // Told to stop, it leaves politely, so that other members need not wait for its session to end.
    private async Task RunAsMemberAsync(string group, CancellationToken cancellationToken)
    {
        await client.Admin.DescribeTopicAsync(wanted.Topic, cancellationToken);
        using var stop = new StopSignal();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        await using GroupConsumer member = _member = client.CreateGroupConsumer(group, new GroupConsumerOptions
        {
            ClientId = "cloudstream-cli",
            AutoOffsetReset = wanted.From.Kind == StartKind.Latest ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            PartitionsRevoked = (_, _) =>
            {
                Write();
                return ValueTask.CompletedTask;
            },
            Reading = new ConsumerOptions
            {
                StopAtEnd = !wanted.Follow,
                RetryTimeout = wanted.Follow ? Timeout.InfiniteTimeSpan : RetryTimeout
            },
        });
        member.Subscribe(wanted.Topic);
        try
        {
            await PrintAsync(member.ConsumeRecordsAsync(either.Token), either.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task PrintAsync(IAsyncEnumerable<ConsumedRecord> source, CancellationToken cancellationToken)
    {
        long left = wanted.Count ?? long.MaxValue;
        await using IAsyncEnumerator<ConsumedRecord> records = source.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (left > 0 && await MoveNextAsync(records))
            {
                Print(records.Current);
                _consumed++;
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

    private void Print(in ConsumedRecord consumed)
    {
        wanted.Format.Write(_pending, new FormattedRecord(
            _topic,
            consumed.TopicPartition.Partition,
            consumed.Record.Offset,
            consumed.Record.Timestamp,
            consumed.Record.Key,
            consumed.Record.Value,
            consumed.Record.HeaderCount == 0 ? [] : consumed.Record.Headers.ToArray()));
        if (_member is not null)
            _printed[consumed.TopicPartition] = consumed.Record.Offset;
    }

    private void Write()
    {
        lock (_writing)
        {
            if (_pending.WrittenCount > 0)
            {
                ReadOnlySpan<byte> bytes = _pending.WrittenSpan;
                _pending.ResetWrittenCount();
                _output.Write(bytes);
            }

            // Only what has left this process counts as processed.
            foreach ((TopicPartition partition, long offset) in _printed)
                _member?.StoreOffset(new TopicPartitionOffset(partition, offset));
            _printed.Clear();
        }
    }
}
