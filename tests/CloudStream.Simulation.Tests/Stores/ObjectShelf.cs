using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Simulation.Tests.Stores;

/// <summary>
/// The objects that all processes share, what changed lately (for stale lists), and which bytes are damaged. Under their names without the
/// cluster's tag, as the auditors know them: of one run's objects all bear the same one. A cluster's mark keeps its tag.
/// </summary>
internal sealed class ObjectShelf(Scheduler scheduler)
{
    private readonly SortedDictionary<string, (long At, long Size)> _present = new(StringComparer.Ordinal);
    private readonly Queue<(string Name, long At, long Size)> _deleted = new();
    private readonly Dictionary<string, long> _damage = [];
    private string _tag = "";

    /// <summary>The objects themselves; reading from it costs no virtual time.</summary>
    public MemoryObjectStore Memory { get; } = new();

    /// <summary>Names of what is there, marks aside.</summary>
    public IEnumerable<string> Names => _present.Keys.Where(n => ObjectRef.TryParse(n, out _, out _));

    /// <summary>Damaged objects.</summary>
    public IReadOnlyDictionary<string, long> Damaged => _damage;

    /// <summary>Asked before objects are deleted.</summary>
    public Action<IReadOnlyCollection<string>> Deleting { get; set; } = static _ => { };

    public bool Contains(string name) => _present.ContainsKey(name);

    public bool Put(string fullName, byte[] bytes)
    {
        var name = WithoutTag(fullName);
        _tag = fullName[..^name.Length] is { Length: > 0 } tag ? tag : _tag;
        Memory.PutAsync(name, [bytes], CancellationToken.None).GetAwaiter().GetResult();
        _present.TryAdd(name, (scheduler.Now, bytes.Length));
        return true;
    }

    public byte[] Read(string fullName, long position, int length)
    {
        var name = WithoutTag(fullName);
        var bytes = new byte[length];
        var read = Memory.GetRangeAsync(name, position, bytes, CancellationToken.None).Result;
        if (_damage.TryGetValue(name, out var at) && at >= position && at < position + read)
            bytes[at - position] ^= 0x10;
        return bytes[..read];
    }

    public long SizeOf(string name) => Memory.GetSizeAsync(WithoutTag(name), CancellationToken.None).Result;

    /// <summary>What was there some time ago: without what came since, with what went since.</summary>
    public List<ObjectInfo> List(string prefix, TimeSpan age)
    {
        var then = scheduler.Now - age.Ticks;
        var found = _present.Where(p => p.Value.At <= then).Select(p => new ObjectInfo(p.Key, p.Value.Size))
            .Concat(_deleted.Where(d => d.At > then && !_present.ContainsKey(d.Name)).Select(d => new ObjectInfo(d.Name, d.Size)));
        var full = found.Select(i => ObjectRef.TryParse(i.Name, out _, out _) ? i with { Name = _tag + i.Name } : i);
        return [.. full.Where(i => i.Name.StartsWith(prefix, StringComparison.Ordinal)).DistinctBy(i => i.Name).OrderBy(
            i => i.Name, StringComparer.Ordinal)];
    }

    public bool Delete(string[] fullNames)
    {
        string[] names = [.. fullNames.Select(WithoutTag)];
        Deleting(names);
        Memory.DeleteAsync(names, CancellationToken.None).GetAwaiter().GetResult();
        foreach (var name in names)
        {
            if (_present.Remove(name, out var gone))
                _deleted.Enqueue((name, scheduler.Now, gone.Size));
        }

        while (_deleted.TryPeek(out var oldest) && oldest.At < scheduler.Now - TimeSpan.FromMinutes(1).Ticks)
            _deleted.Dequeue();
        return true;
    }

    /// <summary>Flips a bit of an object at rest.</summary>
    public void Damage(string name, long position) => _damage.TryAdd(name, position);

    /// <summary>Undoes all damage.</summary>
    public void Repair() => _damage.Clear();

    private static string WithoutTag(string name) =>
        name.Length == ClusterObjects.TagLength + 1 + ObjectRef.NameLength ? name[^ObjectRef.NameLength..] : name;
}
