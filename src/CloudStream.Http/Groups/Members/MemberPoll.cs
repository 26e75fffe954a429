using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Fetch;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// One poll of one member: (1) what earlier polls answered is processed, so it is committed; (2) the member shows that it lives and joins
/// again where the group rebalances; (3) records of its partitions are fetched from its positions, waiting for some, with (2) again while
/// it waits. A cooperative member goes on with (3) while it joins; partitions that it has to give back are given back between two steps,
/// before it joins without them.
/// </summary>
internal sealed class MemberPoll(GroupRequest request, MemberSession session, PollTerms terms)
{
    // A client that does not want to wait still gives the group the time that a rebalance takes where everybody answers at once.
    private static readonly TimeSpan ShortestRebalance = TimeSpan.FromSeconds(1);

    // How late a rebalance may be noticed.
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMilliseconds(500);

    private readonly long _began = request.Face.Time.GetTimestamp();
    private MemberStanding? _entered;
    private int _turn;

    // A client that has closed its sending half may be gone: it gets what there is.
    private TimeSpan Left =>
        request.SentAll.IsCancellationRequested ? TimeSpan.Zero : terms.Wait - request.Face.Time.GetElapsedTime(_began);

    // Its partitions stay its own while it joins.
    private bool MayGoOn => session.Terms.IsCooperative && session.Positions.HasAny;

    private TimeSpan WaitForGeneration => MayGoOn ? TimeSpan.Zero : Left > ShortestRebalance ? Left : ShortestRebalance;

    public async ValueTask<PolledRecords> RunAsync()
    {
        if (!session.Positions.TryAcknowledge(terms.After))
            throw new RequestRejectedException($"Field \"after\" is {terms.After}; the last answer was {session.Positions.Poll}.");
        _turn = (int)(session.Positions.Poll % int.MaxValue);
        session.Membership.TryGetJoining(out var joining);
        while (true)
        {
            await EnterAsync();
            if (joining is null && !await session.TryHeartbeatAsync(request))
                joining = session.Membership.JoinAsync();
            if (joining is not null && await session.TryFinishAsync(joining, request, WaitForGeneration))
            {
                joining = null;
                await EnterAsync();
                if (session.Standing.MustGiveBack)
                    continue;
            }

            if (joining is not null && !MayGoOn)
                return new PolledRecords(IsRebalancing: true);
            var found = await FetchAsync(isRebalancing: joining is not null);
            if (found.Count > 0 || Left <= TimeSpan.Zero || request.Face.Stopping.IsCancellationRequested)
                return found;
            found.Dispose();
        }
    }

    // Stands in the newest generation, and commits what is processed of partitions that have not been anybody else's; once where there is
    // no newer one.
    private async ValueTask EnterAsync()
    {
        while (!ReferenceEquals(_entered, session.Standing))
        {
            _entered = session.Standing;
            if (terms.Commit)
                await CommitAsync(_entered);
            session.Positions.Enter(_entered);
        }
    }

    // Where the group rebalances already the commit may come too late: then the records are read again, by this member or another.
    private async ValueTask CommitAsync(MemberStanding standing)
    {
        var error = await session.CommitAsync(standing, session.Positions.Uncommitted(standing, given: false), request.Aborted);
        if (error is not (GroupError.RebalanceInProgress or GroupError.IllegalGeneration or GroupError.UnknownTopicOrPartition))
            await request.RequireAsync(error, session);
    }

    private async ValueTask<PolledRecords> FetchAsync(bool isRebalancing)
    {
        await session.PlaceAsync(request);
        var found = new PolledRecords(isRebalancing);
        var left = Left; // Once: it becomes less while one looks.
        var wait = left <= TimeSpan.Zero ? TimeSpan.Zero : left < LongestFetch ? left : LongestFetch;
        TopicPartition[] partitions = [.. InTurn().Where(session.Positions.Has)];
        if (partitions.Length == 0)
        {
            await Task.Delay(wait, request.Face.Time, request.Aborted);
            return found;
        }

        var options = new FetchOptions { MaxBytes = terms.MaxBytes, MaxWait = wait, Decoded = true };
        PartitionFetch[] fetches = [.. partitions.Select(p => session.Positions.Next(p, terms.MaxBytes))];
        var results = await request.Face.Broker.FetchManyAsync(fetches, options, request.Aborted);
        var taken = 0;
        try
        {
            for (; taken < fetches.Length; taken++)
                await TakeAsync(found, partitions[taken], fetches[taken], results[taken]);
            return found.Count > 0 || found.Damage is null ? found : throw new RequestRejectedException(found.Damage);
        }
        catch
        {
            found.Dispose();
            foreach (var result in results.Skip(taken))
                result.Dispose();
            throw;
        }
    }

    // The result is its page's from then on, or given back.
    private async ValueTask TakeAsync(PolledRecords found, TopicPartition partition, PartitionFetch fetch, FetchResult result)
    {
        var room = terms.MaxRecords - found.Count;
        if (result.Error == ErrorCode.OffsetOutOfRange)
            await session.BeginAsync(partition, request.Aborted);
        else if (result.Error == ErrorCode.UnknownTopic)
            session.Positions.Forget(partition, fetch.Partition.TopicId);
        else if (result.Error == ErrorCode.CorruptStorage)
            found.Damage ??= FetchProblem.From(result, partition); // Other partitions have records perhaps; said when they have none.
        else if (result.Error is not (ErrorCode.None or ErrorCode.UnknownPartition))
            throw new RequestRejectedException(FetchProblem.From(result, partition));
        if (result.Error != ErrorCode.None || room <= 0)
        {
            result.Dispose();
            return;
        }

        try
        {
            found.Pages.Add((partition, await RecordPage.ReadAsync(
                request.Face.Broker.Memory, result, fetch.Offset, room, terms.MaxBytes, request.Aborted)));
        }
        catch (Exception e) when (FetchProblem.FromDecoding(e, partition, fetch.Offset) is { } problem)
        {
            HttpLog.UndecodableBatch(request.Face.Logger, e, partition.Topic, partition.Partition, fetch.Offset);
            throw new RequestRejectedException(problem);
        }
    }

    // Each time another one is first, so that none starves.
    private IEnumerable<TopicPartition> InTurn()
    {
        var all = session.Standing.Assignment;
        var first = _turn++;
        for (var i = 0; i < all.Count; i++)
            yield return all[(int)((uint)(first + i) % (uint)all.Count)];
    }
}
