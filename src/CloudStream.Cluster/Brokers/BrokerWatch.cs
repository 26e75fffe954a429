using System.Collections.Immutable;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Presence;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// Judges which brokers live, by watching their registers' versions on this process's own monotonic clock: one whose version stayed
/// unchanged for a whole lease is silent, and so is one whose process is proven dead. Time in which nobody watched (the store was away,
/// this process was paused) hardly counts: after an outage everybody is given the time to show up again. Not thread-safe.
/// </summary>
internal sealed class BrokerWatch(TimeProvider time, TimeSpan lease, IDeathProof? deathProof)
{
    private readonly Dictionary<int, Sighting> _sightings = [];
    private TimeSpan _watched;
    private long? _lastLook;

    /// <summary>Takes in what all registers hold now.</summary>
    public void Look(IReadOnlyList<Register> registers)
    {
        var now = time.GetTimestamp();
        if (_lastLook is { } last)
            _watched += Min(time.GetElapsedTime(last, now), lease / 2);
        _lastLook = now;
        var seen = new HashSet<int>();
        foreach (var register in registers)
        {
            var id = BrokerRegister.IdOf(register.Key);
            seen.Add(id);
            if (!_sightings.TryGetValue(id, out var sighting) || sighting.Version != register.Version)
                _sightings[id] = new Sighting(register.Version, _watched, BrokerRegister.Decode(register));
        }

        foreach (var gone in _sightings.Keys.Where(id => !seen.Contains(id)).ToArray())
            _sightings.Remove(gone);
        MarkDead();
    }

    /// <summary>The version of a register; 0 when there is none.</summary>
    public long VersionOf(int id) => _sightings.TryGetValue(id, out var sighting) ? sighting.Version : 0;

    /// <summary>Whether an id may be taken: nobody has it, its broker left, or its broker is silent.</summary>
    public bool IsFree(int id) => !_sightings.TryGetValue(id, out var sighting) || !IsLive(sighting);

    /// <summary>
    /// The id that a start should take: of those that may be taken the one whose broker was last reached where this one is, so that a
    /// restart keeps its id; otherwise the lowest.
    /// </summary>
    public int BestFree(ImmutableSortedDictionary<string, string> endpoints)
    {
        var (best, most) = (LowestFree(), 0);
        foreach (var (id, sighting) in _sightings.OrderBy(s => s.Key).Where(s => !IsLive(s.Value)))
        {
            var shared = sighting.Register.Endpoints.Count(endpoints.Contains);
            if (shared > most)
                (best, most) = (id, shared);
        }

        return best;
    }

    /// <summary>Whether a register names this instance of a process.</summary>
    public bool Names(string instance) => _sightings.Values.Any(s => BrokerRegistry.InstanceOf(s.Register.Incarnation) == instance);

    /// <summary>Who lives, by id.</summary>
    public ImmutableArray<BrokerInfo> Live() =>
        [.. _sightings.Where(s => IsLive(s.Value)).OrderBy(s => s.Key).Select(
            s => new BrokerInfo(s.Key, s.Value.Register.Incarnation, s.Value.Register.Endpoints))];

    /// <summary>Registers that have not changed for three leases: nobody will miss them.</summary>
    public IReadOnlyList<(int Id, long Version)> Abandoned() =>
        [.. _sightings.Where(s => _watched - s.Value.ChangedAt >= 3 * lease).OrderBy(s => s.Key).Select(s => (s.Key, s.Value.Version))];

    private int LowestFree()
    {
        var id = 0;
        while (!IsFree(id))
            id++;
        return id;
    }

    // Whoever is wrongly taken for dead is live again with its next beat.
    private void MarkDead()
    {
        if (deathProof is null)
            return;
        foreach (var (id, sighting) in _sightings.Where(s => IsLive(s.Value)).ToArray())
        {
            if (BrokerRegistry.InstanceOf(sighting.Register.Incarnation) is { } instance && deathProof.IsDead(instance))
                _sightings[id] = sighting with { IsDead = true };
        }
    }

    private bool IsLive(Sighting sighting) => !sighting.Register.HasLeft && !sighting.IsDead && _watched - sighting.ChangedAt < lease;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private readonly record struct Sighting(long Version, TimeSpan ChangedAt, BrokerRegister Register, bool IsDead = false);
}
