using System.Collections.Immutable;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// Judges which brokers live, by watching their registers' versions on this process's own monotonic clock: one whose version stayed unchanged
/// for a whole lease is silent. Time in which nobody watched (the store was away, this process was paused) hardly counts: after an outage
/// everybody is given the time to show up again. Not thread-safe.
/// </summary>
internal sealed class BrokerWatch(TimeProvider time, TimeSpan lease)
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
    }

    /// <summary>The version of a register; 0 when there is none.</summary>
    public long VersionOf(int id) => _sightings.TryGetValue(id, out var sighting) ? sighting.Version : 0;

    /// <summary>Whether an id may be taken: nobody has it, its broker left, or its broker is silent.</summary>
    public bool IsFree(int id) => !_sightings.TryGetValue(id, out var sighting) || !IsLive(sighting);

    /// <summary>The lowest id that may be taken.</summary>
    public int LowestFree()
    {
        var id = 0;
        while (!IsFree(id))
            id++;
        return id;
    }

    /// <summary>Who lives, by id.</summary>
    public ImmutableArray<BrokerInfo> Live() =>
        [.. _sightings.Where(s => IsLive(s.Value)).OrderBy(s => s.Key).Select(s => new BrokerInfo(s.Key, s.Value.Register.Incarnation, s.Value.Register.Endpoints))];

    /// <summary>Registers that have not changed for three leases: nobody will miss them.</summary>
    public IReadOnlyList<(int Id, long Version)> Abandoned() =>
        [.. _sightings.Where(s => _watched - s.Value.ChangedAt >= 3 * lease).OrderBy(s => s.Key).Select(s => (s.Key, s.Value.Version))];

    private bool IsLive(Sighting sighting) => !sighting.Register.HasLeft && _watched - sighting.ChangedAt < lease;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private readonly record struct Sighting(long Version, TimeSpan ChangedAt, BrokerRegister Register);
}
