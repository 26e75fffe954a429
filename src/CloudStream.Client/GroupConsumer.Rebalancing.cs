using CloudStream.Client.Groups;
using CloudStream.Client.Logging;

namespace CloudStream.Client;

/// <summary>
/// Joining generation after generation. An ordinary consumer gives everything back, and waits for the generation. A cooperative one joins
/// beside the reading and says what it has: what it is not assigned any more it gives back then, and joins again without it, so that the
/// generation after that can give it to another member.
/// </summary>
public sealed partial class GroupConsumer
{
    private Task<JoinedGeneration?>? _joining;
    private CancellationTokenSource? _stopJoining;

    private bool MustRebalance => _joining is { } joining
        ? joining.IsCompleted || HasLost
        : _membership.State != MemberState.Stable;

    private bool HasLost => _membership.State == MemberState.Lost && Assignment.Count > 0;

    private async ValueTask RebalanceAsync(CancellationToken cancellationToken)
    {
        if (HasLost)
        {
            await StopJoiningAsync();
            await GiveBackAsync(Assignment, isLost: true, cancellationToken);
        }
        else if (_joining is { } joining)
        {
            _joining = null;
            if (await joining is { } joined && _membership.State != MemberState.Lost)
                await EnterAsync(joined, cancellationToken);
        }
        else
        {
            var topics = Subscription;
            await GiveBackAsync([.. Assignment.Where(p => !_options.IsCooperative || !topics.Contains(p.Topic))], isLost: false,
                cancellationToken);
            BeginJoining(topics, cancellationToken);
        }
    }

    private void BeginJoining(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        _stopJoining?.Dispose();
        _stopJoining = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        _joining = _membership.JoinAsync(topics, [.. Assignment.Select(p => p.TopicPartition)], _stopJoining.Token);
        _ = SignalAsync(_joining);
    }

    private async Task SignalAsync(Task joining)
    {
        await Task.WhenAny(joining);
        _consumer.Ready.Signal();
    }

    // The member keeps its id: the next reading joins again, with what is still held then.
    private async Task StopJoiningAsync()
    {
        if (_joining is not { } joining)
            return;
        _joining = null;
        await _stopJoining!.CancelAsync();
        try
        {
            if (await joining is not null)
                _membership.Renew();
        }
        catch (Exception e) when (e is OperationCanceledException or CloudStreamException)
        {
            // Whatever it was, the next join meets it again.
        }
    }

    private async ValueTask EnterAsync(JoinedGeneration joined, CancellationToken cancellationToken)
    {
        try
        {
            var held = Assignment;
            var assigned = joined.Partitions.ToHashSet();
            var revoked = held.Where(p => !assigned.Remove(p.TopicPartition)).ToList();
            await GiveBackAsync(revoked, isLost: false, cancellationToken);
            await TakeAsync([.. joined.Partitions.Where(assigned.Contains)], cancellationToken);
            ClientLog.Assigned(_logger, GroupId, _membership.Generation, joined.Partitions.Count);
            if (revoked.Count > 0 || !ReferenceEquals(joined.Topics, Subscription))
                _membership.Renew();
        }
        catch
        {
            // A member that stays without reading what it was given would keep it from everybody.
            _membership.Renew();
            throw;
        }
    }

    private async ValueTask TakeAsync(List<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        var places = await PlacesAsync(partitions, cancellationToken);
        if (_options.PartitionsAssigned is { } handler && (places.Count > 0 || !_options.IsCooperative))
            await handler(places, cancellationToken);
        _offsets.Add(partitions);
        _consumer.IncrementalAssign(places);
    }

    private async ValueTask GiveBackAsync(IReadOnlyList<TopicPartitionOffset> partitions, bool isLost, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0)
            return;
        var handler = isLost ? _options.PartitionsLost ?? _options.PartitionsRevoked : _options.PartitionsRevoked;
        if (handler is not null)
            await handler(partitions, cancellationToken);
        if (!isLost && _options.EnableAutoCommit)
            await TryCommitStoredAsync(cancellationToken);
        _consumer.IncrementalUnassign(partitions.Select(p => p.TopicPartition));
        _offsets.Remove(partitions.Select(p => p.TopicPartition));
    }

    private async ValueTask<List<TopicPartitionOffset>> PlacesAsync(List<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0)
            return [];
        var found = await _client.Retries.RunAsync(
            token => _client.Groups.ListOffsetsAsync(GroupId, token), isRead: true, cancellationToken);
        var committed = found.ToDictionary(o => new TopicPartition(o.Topic, o.Partition), o => o.Offset);
        return partitions.ConvertAll(p => new TopicPartitionOffset(p, committed.TryGetValue(p, out var offset) ? offset : Begin(p)));
    }

    private Offset Begin(TopicPartition partition) => _options.AutoOffsetReset switch
    {
        AutoOffsetReset.Earliest => Offset.Beginning,
        AutoOffsetReset.Latest => Offset.End,
        _ => throw new ConsumeException(
            ErrorCode.OffsetOutOfRange, $"Group {GroupId} has no offset for {partition}, and there is no automatic one."),
    };
}
