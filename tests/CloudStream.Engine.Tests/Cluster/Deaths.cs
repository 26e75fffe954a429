using CloudStream.Storage.Presence;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>The processes of a test and who of them is dead. Each has a proof of its own over the same list.</summary>
internal sealed class Deaths
{
    private readonly Dictionary<string, bool> _isDead = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>What is left of processes, dead or not.</summary>
    public IReadOnlyCollection<string> Instances => _isDead.Keys;

    public IDeathProof Start()
    {
        var instance = $"{++_next:x16}";
        _isDead[instance] = false;
        return new Process(this, instance);
    }

    public void Kill(IDeathProof process) => _isDead[process.Instance] = true;

    /// <summary>It was not dead after all.</summary>
    public void Raise(IDeathProof process) => _isDead[process.Instance] = false;

    private sealed class Process(Deaths deaths, string instance) : IDeathProof
    {
        public string Instance => instance;

        public IReadOnlyList<string> List() => [.. deaths._isDead.Keys];

        public bool IsDead(string instance) => deaths._isDead.GetValueOrDefault(instance);

        public void Forget(string instance)
        {
            if (instance == Instance || IsDead(instance))
                deaths._isDead.Remove(instance);
        }
    }
}
