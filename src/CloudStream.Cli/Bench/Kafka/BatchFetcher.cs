using System.Buffers;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Messages;
using CloudStream.Records;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// Reads the partitions that one broker leads, one fetch after the other, without a fetch session. Checksums are looked at, as the SDK
/// does.
/// </summary>
internal sealed class BatchFetcher
{
    private const short FetchVersion = 12;
    private const int MaxBytes = 16 * 1024 * 1024, MaxPartitionBytes = 4 * 1024 * 1024, MaxWaitMs = 500;
    private const int FinalEpoch = -1;

    private readonly LeaderConnections _leaders;
    private readonly BrokerConnection _connection;
    private readonly FetchRequest _request;
    private readonly long[] _ends;

    /// <param name="leaders">Where partitions are.</param>
    /// <param name="connection">The broker.</param>
    /// <param name="starts">Where to begin, for every partition of the topic.</param>
    /// <param name="ends">Where each is done.</param>
    public BatchFetcher(LeaderConnections leaders, BrokerConnection connection, long[] starts, long[] ends)
    {
        (_leaders, _connection, _ends) = (leaders, connection, ends);
        _request = new FetchRequest
        {
            MaxWaitMs = MaxWaitMs,
            MinBytes = 1,
            MaxBytes = MaxBytes,
            SessionEpoch = FinalEpoch,
            Topics = [new() { Topic = leaders.Topic }]
        };
        foreach (int partition in leaders.LedBy(connection).Where(p => starts[p] < ends[p]))
            Partitions.Add(new() { Partition = partition, FetchOffset = starts[partition], PartitionMaxBytes = MaxPartitionBytes });
    }

    private List<FetchRequest.FetchPartition> Partitions => _request.Topics[0].Partitions;

    /// <summary>
    /// Fetches until every partition is at its end. <paramref name="take"/> is given whole record batches, valid while it runs.
    /// </summary>
    public async Task RunAsync(Action<ReadOnlyMemory<byte>> take, CancellationToken cancellationToken)
    {
        while (Partitions.Count > 0)
        {
            var answer = await _connection.AskAsync<FetchResponse>(_request, FetchVersion, cancellationToken);
            if (answer.ErrorCode != 0)
                throw _leaders.Refused("fetch", Partitions[0].Partition, answer.ErrorCode);
            foreach (FetchResponse.PartitionData fetched in answer.Responses[0].Partitions)
                Take(fetched, take);
            Partitions.RemoveAll(p => p.FetchOffset >= _ends[p.Partition]);
        }
    }

    private void Take(FetchResponse.PartitionData fetched, Action<ReadOnlyMemory<byte>> take)
    {
        if (fetched.ErrorCode != 0)
            throw _leaders.Refused("fetch", fetched.PartitionIndex, fetched.ErrorCode);
        FetchRequest.FetchPartition asked = Partitions.Find(p => p.Partition == fetched.PartitionIndex)!;
        foreach (ReadOnlyMemory<byte> batches in fetched.Records ?? [])
        {
            asked.FetchOffset = Check(asked, batches.Span);
            take(batches);
        }
    }

    private long Check(FetchRequest.FetchPartition asked, ReadOnlySpan<byte> batches)
    {
        long next = asked.FetchOffset;
        var each = new RecordBatchEnumerator(batches);
        while (each.MoveNext())
        {
            if (!RecordBatchValidator.HasValidCrc(each.CurrentBytes))
                throw new CommandException(
                    $"a record batch of {_leaders.Topic}-{asked.Partition} at offset {each.Current.BaseOffset} "
                        + "does not match its checksum");
            next = each.Current.NextOffset;
        }

        return each.Status == BatchReadStatus.End && next > asked.FetchOffset
            ? next
            : throw new CommandException(
                $"the fetch of {_leaders.Topic}-{asked.Partition} at offset {asked.FetchOffset} brought no whole record batches from there "
                    + $"on ({each.Status})");
    }
}
