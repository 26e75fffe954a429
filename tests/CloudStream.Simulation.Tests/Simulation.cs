using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Clients;
using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests;

/// <summary>What a run came to.</summary>
internal sealed record SimulationResult(ulong TraceHash, long Steps, TimeSpan VirtualTime, long Commits, int Acknowledged, int Unknown,
    IReadOnlyDictionary<string, int> Counts);

/// <summary>One run of one scenario with one seed, from an empty store to the checked history. Runs on the calling thread alone.</summary>
internal sealed class Simulation
{
    /// <summary>After the faults have ended everybody must come forward within this.</summary>
    private static readonly TimeSpan s_progressBound = TimeSpan.FromMinutes(2);

    private readonly World _world;
    private readonly Chaos _chaos;
    private readonly List<Client> _clients = [];
    private readonly List<Consumer> _consumers = [];
    private TopicInfo? _topic;

    private Simulation(World world)
    {
        _world = world;
        _chaos = new Chaos(world);
    }

    private Scheduler Scheduler => _world.Scheduler;

    private Scenario Scenario => _world.Scenario;

    /// <summary>Runs it.</summary>
    /// <exception cref="ViolationException">A property does not hold.</exception>
    public static SimulationResult Run(Scenario scenario, int seed, Trace? trace = null, BrokenEngine? broken = null)
    {
        var simulation = new Simulation(new World(scenario, seed, trace ?? new Trace(keepLines: false), broken));
        try
        {
            return simulation.Run();
        }
        finally
        {
            simulation._world.Dispose();
        }
    }

    private SimulationResult Run()
    {
        StartBrokers();
        Do("create the topic", CreateTopicAsync);
        StartClients();
        _chaos.Begin();
        Pass(Scenario.Faulty);
        _chaos.End();
        _world.Groups.EndFaults();
        Pass(Scenario.Calm);
        CheckProgress();
        CheckLogs();
        CheckTopics();
        CheckObjects();
        Do("flip bits", actor => BitFlips.CheckAsync(_world, actor, LogOf));
        var appends = _world.History.Appends;
        return new SimulationResult(
            Scheduler.Trace.Hash,
            Scheduler.Steps,
            TimeSpan.FromTicks(Scheduler.Now),
            _world.Auditor.Commits,
            appends.Count(a => a.Outcome == AppendOutcome.Acknowledged),
            appends.Count(a => a.Outcome == AppendOutcome.Unknown),
            _world.Counts);
    }

    private void StartBrokers()
    {
        for (var i = 0; i < Scenario.Holders + Scenario.Leaseless; i++)
        {
            var broker = new SimulatedBroker(_world, i, holdLeases: i < Scenario.Holders);
            _world.Brokers.Add(broker);
            broker.Start();
        }

        Until("brokers start", () => _world.Brokers.Exists(b => b.IsReady));
    }

    private async Task CreateTopicAsync(Actor actor)
    {
        while (_topic is null)
        {
            var broker = _world.Brokers[_world.Random.Next(_world.Brokers.Count)];
            var (outcome, reply) = await broker.CallAsync(
                (b, cancel) => b.CreateTopicAsync(Client.Topic, Scenario.Partitions, Scenario.Topic, cancel), TimeSpan.FromSeconds(5));
            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.TopicExists)
                (outcome, _topic) = await broker.CallAsync((b, cancel) => b.FindTopicAsync(Client.Topic, cancel), TimeSpan.FromSeconds(5));
            else if (outcome == CallOutcome.Answered)
                _topic = reply.Topic;
            await _world.DelayAsync(actor, TimeSpan.FromMilliseconds(50));
        }

        _world.TopicId = _topic.Id;
    }

    private void StartClients()
    {
        for (var i = 0; i < Scenario.PlainProducers; i++)
            _clients.Add(new PlainProducer(_world, $"plain{i}"));
        for (var i = 0; i < Scenario.IdempotentProducers; i++)
            _clients.Add(new IdempotentProducer(_world, $"idem{i}", i % Scenario.Partitions));
        for (var i = 0; i < Scenario.ConditionalProducers; i++)
            _clients.Add(new ConditionalProducer(_world, $"cond{i}", i % Scenario.Partitions));
        for (var i = 0; i < Scenario.TopicChurners; i++)
            _clients.Add(new TopicChurner(_world, $"churner{i}"));
        for (var i = 0; i < Scenario.Consumers; i++)
            _consumers.Add(new Consumer(_world, $"consumer{i}", i % Scenario.Partitions));
        _clients.ForEach(c => c.Start());
        _consumers.ForEach(c => c.Start());
        _world.Groups.Start();
        if (Scenario.AcceptsLosses)
            new LossAcceptor(_world, "operator").Start();
        if (Scenario.Trims)
            new Trimmer(_world, "trimmer").Start();
    }

    // Everybody still comes forward, ends what it began, and reads to the end.
    private void CheckProgress()
    {
        var before = _clients.Select(c => c.Successes).ToArray();
        Until("every producer comes forward", () => _clients.Select((c, i) => c.Successes > before[i]).All(b => b));
        _world.IsStopping = true;
        Until("every producer ends", () => _clients.All(c => c.IsDone));
        Pass(TimeSpan.FromSeconds(15)); // Appends whose clients gave up on them may still be on their way.
        foreach (var consumer in _consumers)
            consumer.StopAt = LogOf(consumer.Partition).End;
        Until("every consumer reads to the end", () => _consumers.All(c => c.IsDone || c.Position >= c.StopAt));
        CheckGroups();
    }

    // Members settle in one generation and process and commit everything; then their whole history is judged.
    private void CheckGroups()
    {
        CommittedLog[] logs = [.. Enumerable.Range(0, Scenario.Partitions).Select(LogOf)];
        Until("the group settles and its lag is 0", () => _world.Groups.HaveSettled(logs), every: TimeSpan.FromMilliseconds(100),
            why: _world.Groups.Describe);
        Do("check the groups", actor => _world.Groups.CheckAsync(actor, logs));
    }

    private void CheckLogs()
    {
        for (var i = 0; i < Scenario.Partitions; i++)
        {
            var log = new List<(long, string)>();
            long start = -1;
            Do($"read partition {i}", async actor => start = await FinalReader.ReadAsync(_world, actor, i, log));
            var id = new PartitionId(_topic!.Id, i);
            new HistoryChecker(
                i, _world.History, LogOf(i), log, start,
                offset => _world.Auditor.IsDamaged(id, offset) || _world.Auditor.SkipLosses(id, offset) > offset).Check();
        }
    }

    private void CheckObjects()
    {
        if (Scenario.Holders > 0)
            Until("every object is referenced or deleted", () => _world.Auditor.Orphans().Count == 0, every: TimeSpan.FromSeconds(1));
    }

    // What is left of deleted topics is found and goes.
    private void CheckTopics()
    {
        var topics = new HashSet<Guid>();
        Do("list topics", async actor =>
        {
            CallOutcome outcome;
            do
            {
                (outcome, var listed) = await _world.Brokers[0].CallAsync(
                    (b, cancel) => b.ListTopicsAsync(cancel), TimeSpan.FromMinutes(1));
                await _world.DelayAsync(actor, TimeSpan.FromMilliseconds(100));
                topics.UnionWith(outcome == CallOutcome.Answered ? listed.Select(t => t.Id) : []);
            }
            while (outcome != CallOutcome.Answered);
        });
        Until("partitions of deleted topics go", () => _world.Auditor.States.All(s => s.Slots.Keys.All(p => topics.Contains(p.TopicId))),
            every: TimeSpan.FromSeconds(1));
    }

    private CommittedLog LogOf(int partition) => _world.Auditor.LogOf(new PartitionId(_topic!.Id, partition));

    private void Pass(TimeSpan time) => Scheduler.Run(static () => false, Scheduler.Now + time.Ticks);

    private void Do(string what, Func<Actor, Task> action)
    {
        var actor = new Actor(Scheduler, what);
        Task? task = null;
        actor.Post(_ => task = action(actor), null);
        Until(what, () => task is { IsCompleted: true });
        if (task!.IsFaulted)
            throw task.Exception!.InnerException as ViolationException
                ?? new ViolationException("no defect", $"{what}: {task.Exception.InnerException}");
    }

    private void Until(string what, Func<bool> isSo, TimeSpan? every = null, Func<string>? why = null)
    {
        var until = Scheduler.Now + s_progressBound.Ticks;
        if (every is null)
        {
            Scheduler.Run(isSo, until);
        }
        else
        {
            while (!isSo() && Scheduler.Now < until)
                Pass(every.Value);
        }

        if (!isSo())
            throw new ViolationException("progress",
                $"within {s_progressBound.TotalSeconds} s without faults: {what}{(why is null ? "" : $" ({why()})")}");
    }
}
