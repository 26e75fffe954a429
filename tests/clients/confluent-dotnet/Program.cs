using System.Reflection;
using Confluent.Kafka;
using ConfluentMatrix;
using ConfluentMatrix.Scenarios;

// confluent-matrix version | NAME BOOTSTRAP PREFIX: exit code 0 passed, 1 failed, 3 unknown.
if (args is ["version"])
{
    string version = typeof(Library).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split(
        '+')[0];
    Console.WriteLine($"Confluent.Kafka {version} (librdkafka {Library.VersionString}, .NET {Environment.Version})");
    return 0;
}

var scenarios = new Dictionary<string, Func<Broker, string, Task>>
{
    ["produce-consume"] = ProduceConsume.RunAsync,
    ["codecs"] = Codecs.RunAsync,
    ["group-rebalance"] = (broker, prefix) => Rebalance.RunAsync(broker, prefix, PartitionAssignmentStrategy.Range),
    ["cooperative"] = (broker, prefix) => Rebalance.RunAsync(broker, prefix, PartitionAssignmentStrategy.CooperativeSticky),
    ["commit-resume"] = CommitResume.RunAsync,
    ["idempotent"] = Idempotent.RunAsync,
    ["admin"] = AdminCalls.RunAsync,
    ["errors"] = Errors.RunAsync,
    ["authentication"] = Authentication.RunAsync,
};
if (args.Length != 3 || !scenarios.TryGetValue(args[0], out Func<Broker, string, Task>? scenario))
{
    Console.WriteLine($"no scenario {string.Join(' ', args)}");
    return 3;
}

try
{
    await scenario(new Broker(args[1]), args[2]);
    return 0;
}
catch (Exception e)
{
    Console.WriteLine(e);
    return 1;
}
