namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Where the answer to a call goes: sent once, from the group's loop. Thread-safe.</summary>
internal sealed class Reply<T>(Func<GroupError, T> refusal)
{
    private readonly TaskCompletionSource<T> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _moved;

    /// <summary>The answer.</summary>
    public Task<T> Sent => _sent.Task;

    /// <summary>The group was put away before it took the call, which was never begun: call again.</summary>
    public bool IsMoved => Volatile.Read(ref _moved) != 0;

    /// <summary>Answers; a second answer is dropped.</summary>
    public void Send(T answer) => _sent.TrySetResult(answer);

    /// <summary>Answers with an error.</summary>
    public void Refuse(GroupError error) => Send(refusal(error));

    /// <summary>Says that the call was never begun.</summary>
    public void Move()
    {
        Volatile.Write(ref _moved, 1);
        Refuse(GroupError.CoordinatorLoadInProgress);
    }
}
