using System.Security.Cryptography;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// The fetch sessions of all clients (KIP-227), bounded in number as Kafka's: a session makes room for a new one when it is the longest
/// unused and has been so for two minutes, or when it is smaller than the new one and two minutes old. Clients without a session send whole
/// requests. Thread-safe.
/// </summary>
internal sealed class FetchSessions(int maxSessions, TimeProvider time)
{
    private const int NoSession = 0, FinalEpoch = -1, FirstEpoch = 0;
    private static readonly TimeSpan s_minAge = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];

    /// <summary>Sessions that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _sessions.Count;
        }
    }

    /// <summary>Finds out which partitions a request means.</summary>
    public FetchTurn Begin(FetchRequest request, short version)
    {
        if (version < 7)
            return new FetchTurn(KafkaError.None, Wanted(request));
        lock (_lock)
        {
            return request.SessionEpoch switch
            {
                FirstEpoch => Open(request, version),
                FinalEpoch => Close(request),
                _ => Continue(request, version),
            };
        }
    }

    // A client that begins a new session gives its old one up.
    private FetchTurn Open(FetchRequest request, short version)
    {
        var partitions = Wanted(request);
        _sessions.Remove(request.SessionId);
        if (!MakeRoom(partitions.Count))
            return new FetchTurn(KafkaError.None, partitions);
        var session = new FetchSession(NewId(), version >= 13, time.GetTimestamp());
        foreach (var partition in partitions)
            session.Set(partition);
        _sessions[session.Id] = session;
        session.BeginTurn(time.GetTimestamp());
        return new FetchTurn(KafkaError.None, session.InOrder(), session);
    }

    private FetchTurn Close(FetchRequest request)
    {
        if (request.SessionId != NoSession)
            _sessions.Remove(request.SessionId);
        return new FetchTurn(KafkaError.None, Wanted(request));
    }

    private FetchTurn Continue(FetchRequest request, short version)
    {
        if (!_sessions.TryGetValue(request.SessionId, out var session))
            return new FetchTurn(KafkaError.FetchSessionIdNotFound, []);
        if (request.SessionEpoch != session.NextEpoch || session.IsInTurn)
            return new FetchTurn(KafkaError.InvalidFetchSessionEpoch, []);
        if (session.ById != version >= 13)
            return new FetchTurn(KafkaError.FetchSessionTopicIdError, []);
        session.Advance();
        session.BeginTurn(time.GetTimestamp());
        foreach (var partition in Wanted(request))
            session.Set(partition);
        foreach (var topic in request.ForgottenTopicsData)
        {
            foreach (var partition in topic.Partitions)
                session.Remove(topic.Topic, topic.TopicId, partition);
        }

        return new FetchTurn(KafkaError.None, session.InOrder(), session, IsIncremental: true);
    }

    private bool MakeRoom(int partitions)
    {
        if (_sessions.Count < maxSessions)
            return true;
        var now = time.GetTimestamp();
        var oldest = _sessions.Values.MinBy(s => s.UsedAt);
        if (oldest is not null && time.GetElapsedTime(oldest.UsedAt, now) > s_minAge)
            return _sessions.Remove(oldest.Id);
        var smallest = _sessions.Values.Where(s => time.GetElapsedTime(s.CreatedAt, now) > s_minAge).MinBy(s => s.Count);
        return smallest is not null && smallest.Count < partitions && _sessions.Remove(smallest.Id);
    }

    // Not to be guessed: whoever knows a session's id can end it.
    private int NewId()
    {
        int id;
        do
            id = RandomNumberGenerator.GetInt32(1, int.MaxValue);
        while (_sessions.ContainsKey(id));
        return id;
    }

    private static List<FetchedPartition> Wanted(FetchRequest request)
    {
        var wanted = new List<FetchedPartition>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                wanted.Add(new FetchedPartition(topic.Topic, topic.TopicId, partition.Partition)
                {
                    Offset = partition.FetchOffset,
                    MaxBytes = partition.PartitionMaxBytes,
                    LeaderEpoch = partition.CurrentLeaderEpoch,
                });
            }
        }

        return wanted;
    }
}
