using System.Runtime.CompilerServices;
using CloudStream.Client.Groups;
using CloudStream.Client.Logging;
using CloudStream.Client.Transport;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client;

/// <summary>
/// A member of a consumer group, the same groups as Kafka clients join: reads the partitions that the group assigns to it, commits what is
/// processed, and joins again by itself when members come and go, or the broker does. One reading at a time; partitions come and go only
/// while it is asked for the next record. Partial files: this one is reading, <c>GroupConsumer.Rebalancing.cs</c> is joining,
/// <c>GroupConsumer.Offsets.cs</c> is committing.
/// </summary>
public sealed partial class GroupConsumer : IAsyncDisposable, IDisposable
{
    private readonly ClientServices _client;
    private readonly GroupConsumerOptions _options;
    private readonly Consumer _consumer;
    private readonly GroupMembership _membership;
    private readonly GroupOffsets _offsets;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<string> _topics = [];
    private Task? _autoCommit;
    private int _isDisposed;

    internal GroupConsumer(CloudStreamClient client, string groupId, GroupConsumerOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(groupId);
        options.Validate();
        (_client, GroupId, _options) = (client.Services, groupId, options);
        _logger = _client.Options.LoggerFactory.CreateLogger("CloudStream.Client.GroupConsumer");
        _consumer = new Consumer(client, options.Reading);
        _membership = new GroupMembership(_client, groupId, options, _logger) { Changed = _consumer.Ready.Signal };
        _offsets = new GroupOffsets(_client, groupId, options, _membership);
    }

    /// <summary>The group.</summary>
    public string GroupId { get; }

    /// <summary>The id that the coordinator has given to this member; empty before it has joined.</summary>
    public string MemberId => _membership.MemberId;

    /// <summary>The generation that it is in; -1 before the first.</summary>
    public int GenerationId => _membership.Generation;

    /// <summary>The topics that it wants.</summary>
    public IReadOnlyList<string> Subscription => Volatile.Read(ref _topics);

    /// <summary>The partitions that it reads, with their positions.</summary>
    public IReadOnlyList<TopicPartitionOffset> Assignment => _consumer.Assignment;

    internal Consumer Partitions => _consumer;

    /// <summary>Wants these topics, and no others any more. The group is joined when the first record is asked for.</summary>
    /// <exception cref="ArgumentException">No topic is named.</exception>
    public void Subscribe(params IEnumerable<string> topics)
    {
        string[] wanted = [.. topics.Distinct(StringComparer.Ordinal)];
        if (wanted.Length == 0)
            throw new ArgumentException("No topic is named.", nameof(topics));
        Volatile.Write(ref _topics, wanted);
        _membership.Renew();
    }

    /// <summary>Goes on elsewhere in an assigned partition.</summary>
    /// <exception cref="ArgumentException">The partition is not assigned.</exception>
    public void Seek(TopicPartitionOffset place) => _consumer.Seek(place);

    /// <summary>Holds back the records of assigned partitions until they are resumed or go to another member.</summary>
    /// <exception cref="ArgumentException">A partition is not assigned.</exception>
    public void Pause(params IEnumerable<TopicPartition> partitions) => _consumer.Pause(partitions);

    /// <summary>Goes on with partitions that were paused.</summary>
    /// <exception cref="ArgumentException">A partition is not assigned.</exception>
    public void Resume(params IEnumerable<TopicPartition> partitions) => _consumer.Resume(partitions);

    /// <summary>The offset after the last record that was handed out; before that, where reading begins.</summary>
    /// <exception cref="ArgumentException">The partition is not assigned.</exception>
    public Offset Position(TopicPartition partition) => _consumer.Position(partition);

    /// <summary>
    /// Records of the assigned partitions as bytes. A record is valid until the next one is asked for, and counts as processed then. Ends
    /// only with <see cref="ConsumerOptions.StopAtEnd"/>.
    /// </summary>
    /// <exception cref="ConsumeException">A partition could not be read on; reading again tries again.</exception>
    /// <exception cref="CloudStreamException">The group does not take this member.</exception>
    /// <exception cref="InvalidOperationException">Nothing is subscribed to.</exception>
    public async IAsyncEnumerable<ConsumedRecord> ConsumeRecordsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1, this);
        if (Subscription.Count == 0)
            throw new InvalidOperationException("Subscribe to a topic first.");
        cancellationToken.ThrowIfCancellationRequested();
        using var reading = _consumer.BeginReading();
        _autoCommit ??= _options.EnableAutoCommit ? Task.Run(CommitNowAndThenAsync, CancellationToken.None) : Task.CompletedTask;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _membership.Asked();
                if (MustRebalance)
                {
                    await RebalanceAsync(cancellationToken);
                }
                else if (_consumer.TryRead(out var consumed))
                {
                    var next = new TopicPartitionOffset(consumed.TopicPartition, consumed.Record.Offset + 1);
                    _membership.Answered();
                    yield return consumed;
                    if (_options.EnableAutoOffsetStore)
                        _offsets.Store(next.TopicPartition, next.Offset.Value);
                }
                else if (_joining is null && _consumer.IsDone())
                {
                    yield break;
                }
                else
                {
                    await _consumer.Ready.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            _membership.Answered();
            if (_joining is { IsCompleted: false })
                await StopJoiningAsync();
        }
    }

    /// <summary>
    /// Commits what is processed (with <see cref="GroupConsumerOptions.EnableAutoCommit"/>), gives the partitions back and leaves the
    /// group. Where the broker does not answer it gives that up after 5 s: what was not committed is read again, and the broker ends the
    /// member's session by itself.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        await _stop.CancelAsync();
        if (_autoCommit is { } committing)
            await committing;
        using var limit = new CancellationTokenSource(s_closeLimit, _client.Options.TimeProvider);
        try
        {
            await GiveBackAsync(Assignment, _membership.State == MemberState.Lost, limit.Token);
            await _membership.LeaveAsync(limit.Token);
        }
        catch (Exception e) when (e is CloudStreamException or OperationCanceledException)
        {
            // The coordinator notices that the member is gone.
            ClientLog.LeaveFailed(_logger, e, GroupId);
        }

        await _membership.DisposeAsync();
        await _consumer.DisposeAsync();
        _offsets.Dispose();
        _stopJoining?.Dispose();
        _stop.Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Closing.Wait(this);
}
