using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Architecture.Tests;

/// <summary>
/// The log is addressed by (topic id, partition): a name is resolved once, at a face's edge, and is not handed on. Read from the compiled
/// code.
/// </summary>
public sealed class LogAddressTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void TheLogKnowsNoTopicByItsName()
    {
        Type[] types = typeof(PartitionId).Assembly.GetTypes();
        IEnumerable<string> parameters = types.SelectMany(t => t.GetMethods(All).Concat<MethodBase>(t.GetConstructors(All)))
            .SelectMany(m => m.GetParameters().Where(p => IsName(p.Name, p.ParameterType))
                .Select(p => $"{m.DeclaringType}.{m.Name}: {p.Name}"));
        IEnumerable<string> fields = types.SelectMany(t => t.GetFields(All)).Where(f => IsName(f.Name, f.FieldType))
            .Select(f => $"{f.DeclaringType}.{f.Name}");
        Expect.None(parameters.Concat(fields));
        Assert.Contains(types, t => t.GetMethods(All).Any(m => m.GetParameters().Any(p => p.ParameterType == typeof(PartitionId))));
    }

    [Fact]
    public void WhoeverAsksTheLogSaysTopicIdAndPartition()
    {
        MethodInfo[] methods = typeof(IBroker).GetMethods();
        Expect.None(methods.Where(m => Takes(m, typeof(TopicPartition))).Select(m => m.Name));
        Assert.Equal(
            [
                nameof(IBroker.AcceptLossAsync), nameof(IBroker.AppendAsync), nameof(IBroker.BeginAppendAsync),
                nameof(IBroker.DeleteRecordsAsync),
                nameof(IBroker.DescribeProducersAsync), nameof(IBroker.FetchAsync), nameof(IBroker.FetchManyAsync),
                nameof(IBroker.FindEpochEndAsync), nameof(IBroker.FindLeader), nameof(IBroker.ListOffsetAsync),
            ],
            methods.Where(m => Takes(m, typeof(PartitionId)) || Takes(m, typeof(IReadOnlyList<PartitionFetch>)))
                .Select(m => m.Name).Order(StringComparer.Ordinal));
    }

    // Its requests carry ids, or names that it has looked up: another look would find another topic.
    [Fact]
    public void TheKafkaFaceDoesNotResolveANameTwice()
    {
        Assert.DoesNotContain(nameof(NamedPartitions), TypesUsedBy("CloudStream.Kafka"));
        Assert.Contains(nameof(NamedPartitions), TypesUsedBy("CloudStream.Http"));
    }

    private static bool IsName(string? name, Type type) =>
        type == typeof(string) && name?.Contains("topic", StringComparison.OrdinalIgnoreCase) == true;

    private static bool Takes(MethodInfo method, Type type) => method.GetParameters().Any(p => p.ParameterType == type);

    private static string[] TypesUsedBy(string assembly)
    {
        using FileStream stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        using var image = new PEReader(stream);
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(r => metadata.GetString(metadata.GetTypeReference(r).Name))];
    }
}
