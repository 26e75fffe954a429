using System.Collections.Concurrent;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>
/// Runs a test and everything that it starts on one thread, in order: after <see cref="IdleAsync"/> nothing is left that could run
/// without time passing or somebody acting.
/// </summary>
internal sealed class Pump : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly Queue<TaskCompletionSource> _idle = [];

    public static void Run(Func<Task> test)
    {
        var pump = new Pump();
        var before = Current;
        SetSynchronizationContext(pump);
        try
        {
            var task = test();
            while (!task.IsCompleted)
                pump.Step();
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Completes when nothing else is ready to run.</summary>
    public static Task IdleAsync()
    {
        var idle = new TaskCompletionSource();
        ((Pump)Current!)._idle.Enqueue(idle);
        return idle.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => _ready.Add((d, state));

    public override SynchronizationContext CreateCopy() => this;

    private void Step()
    {
        if (_ready.TryTake(out var next))
            next.Callback(next.State);
        else if (_idle.TryDequeue(out var idle))
            idle.SetResult();
        else if (_ready.TryTake(out next, TimeSpan.FromSeconds(20)))
            next.Callback(next.State);
        else
            throw new InvalidOperationException("the test waits for something that nobody will do");
    }
}
