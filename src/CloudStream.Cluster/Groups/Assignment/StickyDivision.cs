using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// Divides partitions so evenly that no exchange makes it more even, and leaves with their owners as many as that allows: (1) owners keep
/// what they have; (2) what nobody has goes to whoever has least; (3) whoever has at least two more than another gives one away, if need be
/// through others whose topics both of them know. Not thread-safe.
/// </summary>
internal sealed class StickyDivision
{
    private readonly Subscriber[] _members;
    private readonly string[] _topics;
    private readonly int[] _partitionCounts;
    private readonly int[][] _takers;
    private readonly SortedDictionary<int, List<int>>[] _held;
    private readonly int[] _loads;

    private StickyDivision(IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        _members = [.. members.Order(Subscriber.Order)];
        _topics = [.. members.SelectMany(m => m.Topics).Distinct(StringComparer.Ordinal).Where(
            t => partitionCounts.GetValueOrDefault(t) > 0).Order(StringComparer.Ordinal)];
        _partitionCounts = [.. _topics.Select(t => partitionCounts[t])];
        _held = [.. _members.Select(_ => new SortedDictionary<int, List<int>>())];
        _loads = new int[_members.Length];
        _takers = TakersByTopic();
    }

    /// <summary>The partitions of each member; every member is there.</summary>
    public static IEnumerable<(Subscriber Member, IReadOnlyList<TopicPartition> Partitions)> Of(
        IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts, Ownership ownership)
    {
        var division = new StickyDivision(members, partitionCounts);
        var free = division.Keep(ownership);
        foreach (var (topic, partition) in free.OrderBy(p => division._takers[p.Topic].Length))
            division.Give(division.LeastLoaded(division._takers[topic], topic), topic, partition);
        division.Balance();
        return division._members.Select((m, i) => (m, division.PartitionsOf(i)));
    }

    private int[][] TakersByTopic()
    {
        var indices = Enumerable.Range(0, _topics.Length).ToDictionary(i => _topics[i], i => i, StringComparer.Ordinal);
        var takers = _topics.Select(_ => new List<int>()).ToArray();
        for (var member = 0; member < _members.Length; member++)
        {
            foreach (var topic in _members[member].Topics.Distinct(StringComparer.Ordinal))
            {
                if (indices.TryGetValue(topic, out var index))
                    takers[index].Add(member);
            }
        }

        return [.. takers.Select(t => t.ToArray())];
    }

    /// <summary>Leaves partitions with their owners; returns those without one.</summary>
    private List<(int Topic, int Partition)> Keep(Ownership ownership)
    {
        var indices = Enumerable.Range(0, _members.Length).ToDictionary(i => _members[i].MemberId, i => i, StringComparer.Ordinal);
        var free = new List<(int Topic, int Partition)>();
        for (var topic = 0; topic < _topics.Length; topic++)
        {
            for (var partition = 0; partition < _partitionCounts[topic]; partition++)
            {
                var owner = ownership.OwnerOf(new TopicPartition(_topics[topic], partition));
                if (owner is not null && Array.BinarySearch(_takers[topic], indices[owner]) >= 0)
                    Give(indices[owner], topic, partition);
                else
                    free.Add((topic, partition));
            }
        }

        return free;
    }

    // Of those that have least, whoever has least of this topic.
    private int LeastLoaded(IEnumerable<int> members, int topic) =>
        members.MinBy(m => (_loads[m], topic < 0 ? 0 : _held[m].GetValueOrDefault(topic)?.Count ?? 0));

    private void Give(int member, int topic, int partition)
    {
        if (!_held[member].TryGetValue(topic, out var partitions))
            _held[member][topic] = partitions = [];
        partitions.Add(partition);
        _loads[member]++;
    }

    // The last that it was given, so that what it had before stays.
    private int Take(int member, int topic)
    {
        var partitions = _held[member][topic];
        var partition = partitions[^1];
        partitions.RemoveAt(partitions.Count - 1);
        _loads[member]--;
        return partition;
    }

    // Nobody that was reached in vain, or can be reached from there, has anything to win or to lose any more: all of them have about as
    // much as the most loaded one.
    private void Balance()
    {
        var open = Enumerable.Range(0, _members.Length).ToHashSet();
        while (open.Count > 0)
        {
            var most = open.MaxBy(m => (_loads[m], -m));
            if (!TryRelieve(most, open, out var reached))
                open.ExceptWith(reached);
        }
    }

    private bool TryRelieve(int loaded, HashSet<int> open, out IEnumerable<int> reached)
    {
        var cameFrom = new Dictionary<int, (int Giver, int Topic)> { [loaded] = (-1, -1) };
        var topics = new HashSet<int>();
        reached = cameFrom.Keys;
        for (List<int> level = [loaded], next; level.Count > 0; level = next)
        {
            next = [.. level.SelectMany(giver => Neighbours(giver, topics, open, cameFrom))];
            var light = next.Where(m => _loads[m] <= _loads[loaded] - 2).ToList();
            if (light.Count == 0)
                continue;
            PassOn(LeastLoaded(light, topic: -1), cameFrom);
            return true;
        }

        return false;
    }

    // Those that want a topic of which this member has partitions, first that of which it has most.
    private IEnumerable<int> Neighbours(int giver, HashSet<int> topics, HashSet<int> open, Dictionary<int, (int Giver, int Topic)> cameFrom)
    {
        foreach (var (topic, _) in _held[giver].Where(h => h.Value.Count > 0).OrderByDescending(h => h.Value.Count))
        {
            if (!topics.Add(topic))
                continue;
            foreach (var taker in _takers[topic])
            {
                if (open.Contains(taker) && cameFrom.TryAdd(taker, (giver, topic)))
                    yield return taker;
            }
        }
    }

    private void PassOn(int taker, Dictionary<int, (int Giver, int Topic)> cameFrom)
    {
        for (var (giver, topic) = cameFrom[taker]; giver >= 0; (giver, topic) = cameFrom[taker])
        {
            Give(taker, topic, Take(giver, topic));
            taker = giver;
        }
    }

    private IReadOnlyList<TopicPartition> PartitionsOf(int member) =>
        [.. _held[member].SelectMany(h => h.Value.Order().Select(p => new TopicPartition(_topics[h.Key], p)))];
}
