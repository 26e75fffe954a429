using CloudStream.Client.Logging;

namespace CloudStream.Client;

/// <summary>Committing what is processed.</summary>
public sealed partial class GroupConsumer
{
    // A consumer that ends must not hang on a cluster that is away.
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Says that everything up to this record is processed; the next commit has it. A partition that has gone meanwhile is passed over: its
    /// records are read again.
    /// </summary>
    /// <param name="place">Where the record was read.</param>
    public void StoreOffset(TopicPartitionOffset place) => _offsets.Store(place.TopicPartition, place.Offset.Value + 1);

    /// <summary>Commits everything that was handed out, the last record too.</summary>
    /// <exception cref="CloudStreamException">It is not committed: the generation may be over, and then the records are read
    /// again.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default) =>
        await _offsets.CommitAsync(Assignment.Where(p => p.Offset.IsNumber).ToDictionary(p => p.TopicPartition, p => p.Offset.Value),
            cancellationToken);

    /// <summary>Commits that everything up to a record is processed.</summary>
    /// <param name="place">Where the record was read.</param>
    /// <param name="cancellationToken">Gives up; it may be committed all the same.</param>
    /// <exception cref="CloudStreamException">It is not committed: the generation may be over, and then the records are read
    /// again.</exception>
    public Task CommitAsync(TopicPartitionOffset place, CancellationToken cancellationToken = default) =>
        _offsets.CommitAsync(new Dictionary<TopicPartition, long> { [place.TopicPartition] = place.Offset.Value + 1 }, cancellationToken);

    private async Task CommitNowAndThenAsync()
    {
        using var timer = new PeriodicTimer(_options.AutoCommitInterval, _client.Options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await TryCommitStoredAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end: what is left is committed there.
        }
    }

    // What is not committed now is committed the next time, or read again.
    private async Task TryCommitStoredAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _offsets.CommitStoredAsync(cancellationToken);
        }
        catch (CloudStreamException e)
        {
            ClientLog.CommitFailed(_logger, GroupId, e.ErrorCode);
        }
    }
}
