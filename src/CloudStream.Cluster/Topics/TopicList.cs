using System.Runtime.ExceptionServices;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// Keeps the cache in step with what other brokers do, by reading the whole list of topics while topics are in use: at most once per
/// interval, shared by all who want it, and without holding up those who can go on with what is known. Thread-safe.
/// </summary>
internal sealed partial class TopicList(SettledRegisters registers, TopicLifecycle lifecycle, TopicCache cache, BrokerRuntime runtime)
{
    /// <summary>How old the list may be for one that looks up a single topic: a change of settings elsewhere is seen after this.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly ILogger _log = runtime.Loggers.CreateLogger<TopicList>();
    private Dictionary<string, long> _halfDone = new(StringComparer.Ordinal);
    private string[] _abandoned = [];
    private Task _refresh = Task.CompletedTask;
    private long _begun = long.MinValue; // of the newest list, under way or over, whatever came of it
    private long _read = long.MinValue; // of the newest list that was read

    /// <summary>Reads the list if none was begun within <paramref name="maxAge"/>. Failures are logged and what is known stays.</summary>
    public async ValueTask KeepAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (IsYounger(Volatile.Read(ref _begun), maxAge) && (_refresh.IsCompleted || IsYounger(Volatile.Read(ref _read), 2 * maxAge)))
            return;
        try
        {
            await Refresh(maxAge).WaitAsync(cancellationToken);
        }
        catch (StoreException e)
        {
            LogNotRead(_log, e);
        }
    }

    /// <summary>Reads the list unless it was read within <paramref name="maxAge"/>.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async ValueTask ReadAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var called = runtime.Time.GetTimestamp();
        while (Volatile.Read(ref _read) < called && !IsYounger(Volatile.Read(ref _read), maxAge))
            await Refresh(TimeSpan.Zero).WaitAsync(cancellationToken);
    }

    /// <summary>The ids of all topics, in whatever stage; every register is read after the call began.</summary>
    /// <exception cref="StoreException">A register cannot be read, so nobody can say which topics there are.</exception>
    public async ValueTask<HashSet<Guid>> IdsAsync(CancellationToken cancellationToken) =>
        [.. (await registers.ListAsync(TopicRegister.Prefix, cancellationToken)).Select(r => TopicRegister.Decode(r.Value, r.Key).Id)];

    /// <summary>
    /// Finishes what the last list showed to have been left half-done. What is so for the first time is most likely being done.
    /// </summary>
    /// <exception cref="StoreException">It cannot be finished now.</exception>
    public async Task FinishAbandonedAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Interlocked.Exchange(ref _abandoned, []))
        {
            LogFinishing(_log, name);
            await lifecycle.SettleAsync(name, await lifecycle.ReadAsync(name, cancellationToken), cancellationToken);
        }
    }

    private Task Refresh(TimeSpan maxAge)
    {
        lock (_lock)
        {
            if (_refresh.IsCompleted && !IsYounger(_begun, maxAge))
            {
                Volatile.Write(ref _begun, runtime.Time.GetTimestamp());
                _refresh = RefreshAsync(_begun);
            }

            return _refresh;
        }
    }

    // Shared by all that wait, so no single request's cancellation ends it; its attempts are bounded.
    private async Task RefreshAsync(long begun)
    {
        var mark = cache.Begin();
        var topics = new Dictionary<string, KnownTopic>(StringComparer.Ordinal);
        var unreadable = new HashSet<string>(StringComparer.Ordinal);
        foreach (var register in await registers.ListAsync(TopicRegister.Prefix, CancellationToken.None))
        {
            var name = TopicRegister.NameOf(register.Key);
            try
            {
                topics[name] = KnownTopic.From(register)!;
            }
            catch (StoreException e)
            {
                unreadable.Add(name);
                LogUnreadable(_log, name, e);
            }
        }

        cache.LearnAll(topics, unreadable, mark);
        Volatile.Write(ref _read, begun);
        var before = _halfDone;
        _halfDone = topics.Where(t => t.Value.Register.Stage != TopicStage.Ready).ToDictionary(
            t => t.Key, t => t.Value.Version, StringComparer.Ordinal);
        Volatile.Write(ref _abandoned, [.. _halfDone.Where(t => before.GetValueOrDefault(t.Key) == t.Value).Select(t => t.Key)]);
    }

    private bool IsYounger(long timestamp, TimeSpan age) => timestamp != long.MinValue && runtime.Time.GetElapsedTime(timestamp) < age;

    [LoggerMessage(2020, LogLevel.Warning, "The list of topics cannot be read now; what is known stays")]
    private static partial void LogNotRead(ILogger log, Exception failure);

    [LoggerMessage(2021, LogLevel.Error, "The register of topic {Name} cannot be read")]
    private static partial void LogUnreadable(ILogger log, string name, Exception failure);

    [LoggerMessage(2022, LogLevel.Information, "Finishing topic {Name}, which was left half-done")]
    private static partial void LogFinishing(ILogger log, string name);
}
