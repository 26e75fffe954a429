using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>What all clients have: a process of their own, a seed of their own, and a broker to turn to.</summary>
internal abstract class Client
{
    /// <summary>The one topic of a run.</summary>
    public const string Topic = "events";

    /// <summary>How long a client waits for an answer before it gives up on it.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private readonly World _world;
    private SimulatedBroker? _favourite;

    protected Client(World world, string name)
    {
        _world = world;
        Random = new Random(world.Random.Next());
        Actor = new Actor(world.Scheduler, name);
    }

    public string Name => Actor.Name;

    /// <summary>Whether the client has stopped.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Answers that brought it forward.</summary>
    public int Successes { get; protected set; }

    /// <summary>The process that the last call went to; only for clients that make one call at a time.</summary>
    protected string Process { get; private set; } = "";

    protected Random Random { get; }

    protected Actor Actor { get; }

    protected History History => _world.History;

    protected bool IsStopping => _world.IsStopping;

    protected World World => _world;

    public void Start() => Actor.Post(_ => Guard(RunAllAsync()), null);

    protected abstract Task RunAsync();

    protected Task DelayAsync(TimeSpan delay) => _world.DelayAsync(Actor, delay);

    /// <summary>Mostly short, sometimes up to the scenario's limit.</summary>
    protected Task ThinkAsync()
    {
        var draw = Random.NextDouble();
        return DelayAsync(_world.Scenario.MaxThink * (draw * draw * draw));
    }

    /// <summary>Calls a broker: usually the same as last time.</summary>
    protected async Task<(CallOutcome Outcome, T Reply)> CallAsync<T>(Func<IBroker, CancellationToken, ValueTask<T>> call)
    {
        if (_favourite is null || Random.Next(8) == 0)
            _favourite = _world.Brokers[Random.Next(_world.Brokers.Count)];
        Process = _favourite.Process;
        var result = await _favourite.CallAsync(call, Patience);
        if (result.Outcome != CallOutcome.Answered)
            _favourite = null;
        Count(result);
        if (_world.Scheduler.Trace.KeepsLines)
            _world.Scheduler.Trace.Note(_world.Scheduler.Now, Name, $"broker-{_favourite?.Index}", result.Outcome.ToString(),
                result.Reply?.ToString() ?? "");
        return result;
    }

    protected async Task<(CallOutcome Outcome, AppendResult Reply)> AppendAsync(
        int partition, ReadOnlyMemory<byte> batch, long expectedOffset = -1)
    {
        var trace = _world.Scheduler.Trace;
        var values = trace.KeepsLines ? string.Join(' ', BatchValues.Of(batch)) : "";
        trace.Note(_world.Scheduler.Now, Name, "appends", $"p{partition}", values);
        var result = await CallAsync((broker, cancel) => _world.Append(
            broker, new TopicPartition(Topic, partition), batch, new AppendOptions { ExpectedOffset = expectedOffset }, cancel));
        trace.Note(_world.Scheduler.Now, Name, "hears of", $"p{partition} {values}",
            $"{result.Outcome} {result.Reply.Error} at {result.Reply.BaseOffset}");
        return result;
    }

    protected static ReadOnlyMemory<byte> Batch(string[] values, RecordBatchOptions? options = null)
    {
        using var builder = new RecordBatchBuilder((options ?? new RecordBatchOptions()) with { InitialCapacity = 256 });
        foreach (var value in values)
            builder.Append(1_893_400_000_000, default(ReadOnlyMemory<byte>?), System.Text.Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    /// <summary>Errors after which the append is certainly not in the log, as <see cref="ErrorCode"/> promises.</summary>
    protected static bool IsRefusal(ErrorCode error) => error is not (ErrorCode.None or ErrorCode.OutcomeUnknown);

    private void Count<T>((CallOutcome Outcome, T Reply) result)
    {
        if (result is (CallOutcome.Answered, AppendResult append))
            _world.Count(
                $"append: {append.Error}{(append.Duplicate ? " (duplicate)" : "")}"
                    + $"{(append.Detail?.Contains("lost track", StringComparison.Ordinal) == true ? " (forgotten)" : "")}");
        else
            _world.Count($"call: {result.Outcome}");
    }

    private async Task RunAllAsync()
    {
        await RunAsync();
        IsDone = true;
    }

    /// <summary>A task whose failure ends the run even if nobody awaits it.</summary>
    protected Task Watched(Task task)
    {
        Guard(task);
        return task;
    }

    private void Guard(Task task) => task.GetAwaiter().OnCompleted(() =>
    {
        if (task.IsFaulted)
            _world.Scheduler.Fail(task.Exception!.InnerException as ViolationException
                ?? new ViolationException("no defect", $"{Name} failed: {task.Exception!.InnerException}"));
    });
}
