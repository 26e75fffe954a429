using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Consuming: from the committed offsets, record by record, and commits after that.</summary>
internal sealed partial class GroupMember
{
    private readonly Dictionary<int, long> _positions = [];
    private readonly Dictionary<int, long> _committed = [];
    private int _commitsUnderWay;
    private int _heldIn = -1;

    /// <summary>The partitions that it reads.</summary>
    public IEnumerable<int> Owned => _positions.Keys;

    /// <summary>What it knows to be committed of a partition of its own.</summary>
    public long CommittedOf(int partition) => _committed.GetValueOrDefault(partition, -1);

    private async Task<bool> BeginAsync(IReadOnlyList<int> partitions)
    {
        if (!_isCooperative)
        {
            LoseAll();
            return await PlaceAsync(partitions);
        }

        _heldIn = Generation;
        var revoked = _positions.Keys.Except(partitions).ToList();
        var added = partitions.Except(_positions.Keys).ToList();
        if (revoked.Count > 0)
            await GiveBackAsync(revoked);
        if (_mustJoin || !await PlaceAsync(added))
            return false;
        _mustJoin |= revoked.Count > 0;
        return true;
    }

    private async Task GiveBackAsync(List<int> revoked)
    {
        World.Count("member: gives partitions back");
        if (Random.Next(6) > 0)
            await CommitPositionsAsync(waits: true);
        foreach (var partition in revoked)
        {
            _positions.Remove(partition);
            _committed.Remove(partition);
        }
    }

    private void LoseAll()
    {
        _positions.Clear();
        _committed.Clear();
    }

    private async Task<bool> PlaceAsync(IReadOnlyList<int> partitions)
    {
        while (partitions.Count > 0)
        {
            if (await ReadOffsetsAsync(SimulatedGroups.Workers, partitions) is { } offsets)
            {
                foreach (var (partition, offset) in offsets)
                    (_positions[partition], _committed[partition]) = (Math.Max(0, offset), Math.Max(0, offset));
                return true;
            }

            await DelayAsync(TimeSpan.FromMilliseconds(50 + Random.Next(200)));
            await BeatWhenDueAsync();
            if (_mustJoin || IsLeaving)
                return false;
        }

        return true;
    }

    private async Task ConsumeAsync()
    {
        IsStable = true;
        while (!_mustJoin && !IsLeaving)
        {
            await ConsumeOnceAsync();
            await BeatWhenDueAsync();
            if (Random.Next(3) == 0)
                await ThinkAsync();
        }

        IsStable = false;
        if (!_isFenced && Random.Next(6) > 0)
            await CommitPositionsAsync(waits: true);
    }

    private async Task ConsumeOnceAsync()
    {
        if (_positions.Count > 0)
            await FetchOnceAsync();
        else
            await DelayAsync(TimeSpan.FromMilliseconds(300));
        if (Random.Next(3) == 0)
            await CommitPositionsAsync(waits: Random.Next(2) == 0);
    }

    private async Task FetchOnceAsync()
    {
        var partition = _positions.Keys.ElementAt(Random.Next(_positions.Count));
        var position = _positions[partition];
        var options = new FetchOptions
        {
            MaxWait = TimeSpan.FromMilliseconds(Random.Next(400)),
            MaxBytes = Random.Next(3) == 0 ? 300 : 64 * 1024
        };
        var (outcome, (error, detail, records)) = await CallAsync(async (broker, cancel) =>
        {
            using var result = await broker.FetchAsync(new TopicPartition(Topic, partition), position, options, cancel);
            return (result.Error, result.Detail,
                Records: result.Pieces.SelectMany(p => BatchValues.WithOffsets(p)).Where(r => r.Offset >= position).ToList());
        });
        if (outcome == CallOutcome.Answered && error is not (ErrorCode.None or ErrorCode.StoreUnavailable or ErrorCode.ShuttingDown))
            throw new ViolationException("reads succeed", $"{Name} read at {position} of p{partition}: {error} {detail}");
        if (outcome == CallOutcome.Answered && error == ErrorCode.None)
            await ProcessAsync(partition, records);
        if (outcome != CallOutcome.Answered || records.Count == 0)
            await DelayAsync(TimeSpan.FromMilliseconds(50 + Random.Next(100)));
    }

    // Whatever happens between two records, none is committed before it was processed.
    private async Task ProcessAsync(int partition, List<(long Offset, string Value)> records)
    {
        foreach (var (offset, value) in records)
        {
            if (!_positions.TryGetValue(partition, out var position))
                return; // It has lost the partition meanwhile.
            if (offset != position)
                throw new ViolationException("no gap", $"{Name} read at {position} of p{partition} and got offset {offset}, {value}");
            if (Random.Next(20) == 0)
                await ThinkAsync();
            Groups.Process(SimulatedGroups.Workers, partition, offset, value);
            if (_positions.ContainsKey(partition))
                _positions[partition] = offset + 1;
            Successes++;
        }
    }

    private async Task CommitPositionsAsync(bool waits)
    {
        var offsets = _positions.Where(p => p.Value > CommittedOf(p.Key)).ToDictionary();
        if (offsets.Count == 0 || _commitsUnderWay > 1)
            return;
        var commit = CommitPositionsAsync(offsets);
        if (waits)
            await commit;
        else
            _ = Watched(commit);
    }

    private async Task CommitPositionsAsync(Dictionary<int, long> offsets)
    {
        var identity = Identity;
        _commitsUnderWay++;
        var error = await CommitAsync(SimulatedGroups.Workers, offsets, identity);
        _commitsUnderWay--;
        if (identity != Identity || error is null)
            return; // An answer from another life.
        if (error == GroupError.None)
        {
            foreach (var (partition, offset) in offsets.Where(o => _committed.ContainsKey(o.Key)))
                _committed[partition] = Math.Max(_committed[partition], offset);
        }
        else
        {
            Heed(error.Value, "commit");
        }
    }
}
