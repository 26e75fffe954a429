using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage;

namespace CloudStream.Simulation.Tests.Stores;

/// <summary>One process's connection to one store. A call under way takes effect even when its caller dies meanwhile.</summary>
internal sealed class StoreLine(Scheduler scheduler, Actor actor, StoreWeather weather)
{
    /// <summary>Told when a write has taken effect and its reply will not arrive.</summary>
    public Action<string>? ReplyLost { get; init; }

    public TimeSpan DrawListAge() => weather.DrawListAge();

    public async ValueTask<T> CallAsync<T>(string what, string subject, bool isWrite, Func<T> effect, CancellationToken cancellationToken)
    {
        scheduler.CheckStepOf(actor, what);
        cancellationToken.ThrowIfCancellationRequested();
        var fate = weather.Draw(isWrite);
        var reply = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? failure = fate.Error is { } kind ? new StoreException(kind, $"simulated {kind} in {what} of '{subject}'") : null;
        T result = default!;
        if (fate.Effect is { } at)
        {
            scheduler.After(at, scheduler.World, () =>
            {
                try
                {
                    result = effect();
                    scheduler.Trace.Event(scheduler.Now, actor.Name, what, subject, failure is null ? "" : "reply lost");
                    if (failure is not null && isWrite)
                        ReplyLost?.Invoke(subject);
                }
                catch (StoreException e)
                {
                    failure ??= e;
                    scheduler.Trace.Event(scheduler.Now, actor.Name, what, subject, e.Kind.ToString());
                }
            });
        }

        scheduler.After(fate.Reply, scheduler.World, () =>
        {
            if (failure is not null)
                reply.TrySetException(failure);
            else
                reply.TrySetResult(result);
        });
        if (fate.Effect is null)
            scheduler.Trace.Event(scheduler.Now, actor.Name, what, subject, fate.Error.ToString()!);
        await using var abandoned = cancellationToken.UnsafeRegister(
            static (r, token) => ((TaskCompletionSource<T>)r!).TrySetCanceled(token), reply);
        return await reply.Task;
    }
}
