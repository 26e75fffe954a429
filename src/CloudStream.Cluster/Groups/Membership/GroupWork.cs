namespace CloudStream.Cluster.Groups.Membership;

/// <summary>A call to a group, waiting for its loop.</summary>
internal abstract class GroupWork
{
    /// <summary>Whether it waits until the generation that is being written is settled.</summary>
    public bool WaitsForSettled { get; init; } = true;

    /// <summary>Whether it waits until nothing at all is being written.</summary>
    public bool WaitsForQuiet { get; init; }

    /// <summary>Whether somebody asked for it, so that the group is worth keeping in memory.</summary>
    public bool CountsAsUse { get; init; } = true;

    /// <summary>Does it, on the group's loop.</summary>
    public abstract void Run(Group group);

    /// <summary>Answers with an error instead.</summary>
    public abstract void Refuse(GroupError error);

    /// <summary>Says that it was never begun.</summary>
    public abstract void Move();
}

/// <summary>A call with an answer of type <typeparamref name="T"/>.</summary>
internal sealed class GroupWork<T>(Action<Group, Reply<T>> run, Func<GroupError, T> refusal) : GroupWork
{
    /// <summary>Where the answer goes.</summary>
    public Reply<T> Reply { get; } = new(refusal);

    public override void Run(Group group) => run(group, Reply);

    public override void Refuse(GroupError error) => Reply.Refuse(error);

    public override void Move() => Reply.Move();
}
