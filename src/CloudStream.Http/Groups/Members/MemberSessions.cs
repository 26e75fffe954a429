using System.Collections.Concurrent;
using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// The members that speak HTTP whose groups this broker coordinates: bounded, and rid of those whose clients went away. Thread-safe.
/// </summary>
internal sealed class MemberSessions : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly HttpFace _face;
    private readonly ConcurrentDictionary<(string Group, string Member), MemberSession> _sessions = [];
    private readonly ITimer _sweep;

    public MemberSessions(HttpFace face)
    {
        _face = face;
        _sweep = face.Time.CreateTimer(static sessions => ((MemberSessions)sessions!).Sweep(), this, SweepInterval, SweepInterval);
        face.Stopping.Register(static sessions => ((MemberSessions)sessions!).Dispose(), this);
    }

    /// <summary>Whether there is room for another member.</summary>
    public bool HasRoom => _sessions.Count < _face.Options.MaxGroupMembers;

    public MemberSession? Find(string group, string member) => _sessions.GetValueOrDefault((group, member));

    /// <summary>Keeps a session whose member has an id.</summary>
    public void Add(MemberSession session) => _sessions[(session.Terms.Group, session.MemberId)] = session;

    /// <summary>Ends a session without a word to the group.</summary>
    public void Remove(MemberSession session)
    {
        _sessions.TryRemove(new KeyValuePair<(string, string), MemberSession>((session.Terms.Group, session.MemberId), session));
        _ = StopAsync(session);
    }

    /// <summary>Ends a session whose client is gone, and takes its member out of the group.</summary>
    public void Abandon(MemberSession session)
    {
        Remove(session);
        _ = LeaveAsync(session);
    }

    public void Dispose() => _sweep.Dispose();

    private void Sweep()
    {
        foreach (var session in _sessions.Values)
        {
            if (session.IsSilent)
                Abandon(session);
        }
    }

    // Requests that still use the session end by themselves; its join must be told.
    private static async Task StopAsync(MemberSession session)
    {
        await session.Membership.StopAsync();
        session.Membership.Dispose();
    }

    private async Task LeaveAsync(MemberSession session)
    {
        // A static member leaves by itself only: its place waits for it as long as its session lasts.
        if (session.MemberId.Length > 0 && session.Terms.InstanceId is null)
            await _face.Broker.Groups.LeaveAsync(
                new LeaveGroupRequest(session.Terms.Group, [new LeavingMember(session.MemberId)]), CancellationToken.None);
    }
}
