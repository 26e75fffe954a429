namespace CloudStream.Simulation.Tests.Groups;

/// <summary>
/// Draws what befalls the members of a group, and when: they crash, sleep, leave and come, static ones again under their names.
/// </summary>
internal sealed class GroupChurn(World world, GroupRates rates)
{
    private static readonly TimeSpan s_maxAway = TimeSpan.FromSeconds(12);

    private readonly Random _random = new(world.Random.Next());
    private readonly List<GroupMember> _members = [];
    private readonly Queue<string?> _missing = new(); // Instance ids, null for a member without one.
    private int _started;
    private bool _isOver;

    /// <summary>Who is alive and wants to be in the group.</summary>
    public List<GroupMember> Living => [.. _members.Where(m => m.IsAlive && !m.IsDone && !m.IsLeaving)];

    public void Begin()
    {
        for (var i = 0; i < rates.Dynamic; i++)
            Add(null);
        for (var i = 0; i < rates.Static; i++)
            Add($"static{i}");
        Often(rates.Crashes, () => OnMember(Crash));
        Often(rates.Pauses, () => OnMember(Pause));
        Often(rates.Leaves, () => OnMember(Leave));
        Often(rates.Guests, Invite);
    }

    public void End()
    {
        _isOver = true;
        foreach (var sleeper in _members.Where(m => m.IsPaused))
            sleeper.Resume();
        while (_missing.TryDequeue(out var instance))
            Add(instance);
    }

    /// <summary>The members are gone, so that nothing more is done.</summary>
    public void Stop() => _members.ForEach(m => m.Kill());

    private void Add(string? instance)
    {
        var member = new GroupMember(world, $"member{_started++}", instance);
        _members.Add(member);
        member.Start();
    }

    private void Often(double perMinute, Action strike)
    {
        if (perMinute <= 0)
            return;
        world.Scheduler.After(TimeSpan.FromMinutes(-Math.Log(1 - _random.NextDouble()) / perMinute), world.Scheduler.World, () =>
        {
            if (_isOver)
                return;
            strike();
            Often(perMinute, strike);
        });
    }

    private void OnMember(Action<GroupMember> strike)
    {
        var members = Living.Where(m => !m.IsPaused).ToList();
        if (members.Count > 0)
            strike(members[_random.Next(members.Count)]);
    }

    private void Crash(GroupMember member)
    {
        Tell(member, "crashes");
        member.Kill();
        ComeBack(member.InstanceId);
    }

    // A sleeper is taken for dead by the group, and perhaps by whoever starts another one in its place.
    private void Pause(GroupMember member)
    {
        Tell(member, "pauses");
        member.Pause();
        Later(rates.MaxPause, () =>
        {
            if (member.IsPaused)
                member.Resume();
        });
        if (member.InstanceId is not null && _random.Next(2) == 0)
        {
            member.IsReplaced = true;
            ComeBack(member.InstanceId);
        }
    }

    private void Leave(GroupMember member)
    {
        Tell(member, "leaves");
        member.IsLeaving = true;
        ComeBack(member.InstanceId);
    }

    private void Invite()
    {
        Add(null);
        var guest = _members[^1];
        Later(s_maxAway, () => guest.IsLeaving = true);
    }

    private void ComeBack(string? instance)
    {
        _missing.Enqueue(instance);
        Later(s_maxAway, () =>
        {
            if (_missing.TryDequeue(out var next))
                Add(next);
        });
    }

    private void Later(TimeSpan atMost, Action action) =>
        world.Scheduler.After(atMost * _random.NextDouble(), world.Scheduler.World, action);

    private void Tell(GroupMember member, string what)
    {
        world.Count($"member: {what}");
        world.Scheduler.Trace.Event(world.Scheduler.Now, member.Name, what, "", "");
    }
}
