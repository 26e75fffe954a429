using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using Microsoft.Extensions.Hosting;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// The members that speak HTTP whose groups this broker coordinates: bounded, and rid of those whose clients went away. Owns what runs for
/// them beside their requests: it is waited for when the application stops, once the server has answered its last request. Thread-safe.
/// </summary>
internal sealed class MemberSessions : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly HttpFace _face;
    private readonly ConcurrentDictionary<(string Group, string Member), MemberSession> _sessions = [];
    private readonly ConcurrentDictionary<Task, MemberSession> _endings = [];
    private readonly ITimer _sweep;

    public MemberSessions(HttpFace face)
    {
        _face = face;
        _sweep = face.Time.CreateTimer(static sessions => ((MemberSessions)sessions!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>Whether there is room for another member.</summary>
    public bool HasRoom => _sessions.Count < _face.Options.MaxGroupMembers;

    public MemberSession? Find(string group, string member) => _sessions.GetValueOrDefault((group, member));

    /// <summary>Keeps a session whose member has an id.</summary>
    public void Add(MemberSession session) => _sessions[(session.Terms.Group, session.MemberId)] = session;

    /// <summary>Ends a session without a word to the group.</summary>
    public void Remove(MemberSession session) => End(session, leaves: false);

    /// <summary>Ends a session whose client is gone, and takes its member out of the group.</summary>
    public void Abandon(MemberSession session) => End(session, leaves: true);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends all sessions without a word to their groups, whose members go on elsewhere, and waits for what still runs.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        foreach (var session in _sessions.Values)
            Remove(session);
        await Task.WhenAll(_endings.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    // Requests that still use the session end by themselves; its join must be told. Several requests may find out that it is over.
    private void End(MemberSession session, bool leaves)
    {
        _sessions.TryRemove(new KeyValuePair<(string, string), MemberSession>((session.Terms.Group, session.MemberId), session));
        if (!session.TryEnd())
            return;
        var ending = EndAsync(session, leaves);
        _endings[ending] = session;
        ending.GetAwaiter().OnCompleted(() => _endings.TryRemove(ending, out _));
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody waits for it who could be told.")]
    private async Task EndAsync(MemberSession session, bool leaves)
    {
        try
        {
            await session.Membership.StopAsync();
            session.Membership.Dispose();

            // A static member leaves by itself only: its place waits for it as long as its session lasts.
            if (leaves && session.MemberId.Length > 0 && session.Terms.InstanceId is null)
                await _face.Broker.Groups.LeaveAsync(
                    new LeaveGroupRequest(session.Terms.Group, [new LeavingMember(session.MemberId)]), CancellationToken.None);
        }
        catch (Exception e)
        {
            HttpLog.SessionEndFailed(_face.Logger, e, session.MemberId, session.Terms.Group);
        }
    }
}
