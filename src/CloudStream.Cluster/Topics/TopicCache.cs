using System.Collections.Immutable;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// What this broker knows of topics: an immutable snapshot by name and by id that is swapped whole, and very briefly the names that do not
/// exist. Newer knowledge is never overwritten by older, whatever order answers come in. Thread-safe; bounded by the topics that exist.
/// </summary>
internal sealed class TopicCache(TimeProvider time)
{
    /// <summary>
    /// How long "there is no such topic" is believed. Longer, and a topic that another broker has just created would be denied.
    /// </summary>
    public static readonly TimeSpan AbsenceLifetime = TimeSpan.FromMilliseconds(50);

    private const int MaxAbsent = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Absence> _absent = new(StringComparer.Ordinal);
    private TopicSnapshot _current = TopicSnapshot.Empty;
    private long _sequence;

    /// <summary>All topics that clients may see.</summary>
    public TopicSnapshot Current => Volatile.Read(ref _current);

    /// <summary>
    /// Whether the name was found absent a moment ago. Not said of a topic that is half created or deleted: who asks for it finishes it.
    /// </summary>
    public bool IsAbsent(string name)
    {
        lock (_lock)
            return _absent.TryGetValue(name, out var absence) && !absence.IsHalfDone && time.GetElapsedTime(absence.At) < AbsenceLifetime;
    }

    /// <summary>Takes in one register as it was read or written.</summary>
    public void Learn(string name, KnownTopic topic)
    {
        lock (_lock)
        {
            if (VersionOf(name) <= topic.Version)
                Keep(name, topic, ++_sequence);
        }
    }

    /// <summary>
    /// Takes in that a read found no register; <paramref name="begun"/> is from <see cref="Begin"/>, taken before the read.
    /// </summary>
    public void LearnAbsent(string name, long begun)
    {
        lock (_lock)
        {
            if (!_current.ByName.TryGetValue(name, out var known) || known.Sequence <= begun)
                Drop(name, _absent.GetValueOrDefault(name).Version, ++_sequence);
        }
    }

    /// <summary>Takes in that a register of <paramref name="version"/> was deleted.</summary>
    public void LearnDeleted(string name, long version)
    {
        lock (_lock)
        {
            if (VersionOf(name) <= version + 1)
                Drop(name, version + 1, ++_sequence);
        }
    }

    /// <summary>Call before a read whose answer may be "nothing"; hand what it gives to the method that takes the answer in.</summary>
    public long Begin()
    {
        lock (_lock)
            return _sequence;
    }

    /// <summary>Takes in a whole list; topics that are not on it are gone unless they were learned after it began.</summary>
    /// <param name="topics">The topics that could be read.</param>
    /// <param name="unreadable">Names whose registers are there but make no sense: what is known of them stays.</param>
    /// <param name="begun">From <see cref="Begin"/>.</param>
    public void LearnAll(IReadOnlyDictionary<string, KnownTopic> topics, IReadOnlySet<string> unreadable, long begun)
    {
        lock (_lock)
        {
            foreach (var (name, topic) in topics)
            {
                if (VersionOf(name) < topic.Version)
                    Keep(name, topic, ++_sequence);
            }

            foreach (var (name, known) in _current.ByName)
            {
                if (known.Sequence <= begun && !topics.ContainsKey(name) && !unreadable.Contains(name))
                    Volatile.Write(ref _current, _current.Without(name));
            }

            foreach (var name in _absent.Where(a => a.Value.Sequence <= begun).Select(a => a.Key).ToArray())
                _absent.Remove(name);
        }
    }

    private long VersionOf(string name) =>
        _current.ByName.TryGetValue(name, out var known) ? known.Version : _absent.GetValueOrDefault(name).Version;

    private void Keep(string name, KnownTopic topic, long sequence)
    {
        if (topic.Visible(name) is { } info)
        {
            _absent.Remove(name);
            Volatile.Write(ref _current, _current.With(new CachedTopic(info, topic.Version, sequence)));
        }
        else
        {
            Drop(name, topic.Version, sequence, isHalfDone: true);
        }
    }

    private void Drop(string name, long version, long sequence, bool isHalfDone = false)
    {
        if (_absent.Count >= MaxAbsent)
            _absent.Clear();
        _absent[name] = new Absence(version, sequence, time.GetTimestamp(), isHalfDone);
        Volatile.Write(ref _current, _current.Without(name));
    }

    private readonly record struct Absence(long Version, long Sequence, long At, bool IsHalfDone);
}
