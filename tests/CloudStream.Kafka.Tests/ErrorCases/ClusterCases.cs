using System.Buffers;
using System.Buffers.Binary;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>ApiVersions, versions that nobody speaks, DescribeCluster, leaders and reassignments, access rules.</summary>
internal static class ClusterCases
{
    private const string Copies = "brokers hold no replicas that could be moved";

    public static ErrorCase[] All { get; } = [.. Versions(), .. Cluster(), .. Leaders(), .. Reassignments(), .. Rules()];

    private static IEnumerable<ErrorCase> Versions() =>
    [
        new("ApiVersions: a version to come is answered with body version 0", "35, 18 is among the keys", static async b =>
        {
            await b.Client.SendAsync(Header(18, 99, isFlexible: true));
            var (_, body) = await b.Client.ReceiveAsync();
            var response = new ApiVersionsResponse();
            var reader = new WireReader(new ReadOnlySequence<byte>(body));
            response.Read(ref reader, 0);
            Assert.False(reader.HasFailed, "the body is not one of version 0");
            Assert.Equal(0, reader.Remaining);
            return $"{response.ErrorCode}, 18 is {(response.ApiKeys.Exists(static k => k.ApiKey == 18) ? "" : "not ")}among the keys";
        }),
        Update("the level that it has", "0", "metadata.version", 30),
        Update("a lower level", "95", "metadata.version", 29),
        Update("a higher level", "95", "metadata.version", 31),
        Update("a feature that there is not", "95", "no.such", 1),
        Update("a feature that there is not, to be dropped", "95", "no.such", 0),
        new("ApiVersions: a software name that cannot be", "42",
            static async b =>
                $"{(await b.AskAsync<ApiVersionsResponse>(
                    new ApiVersionsRequest { ClientSoftwareName = "-x-", ClientSoftwareVersion = "1" }, 3)).ErrorCode}"),
        new("ApiVersions: no software name", "42",
            static async b => $"{(await b.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 3)).ErrorCode}"),
        new("ApiVersions: a software version with a plus", "42",
            static async b =>
                $"{(await b.AskAsync<ApiVersionsResponse>(
                    new ApiVersionsRequest { ClientSoftwareName = "x", ClientSoftwareVersion = "1+2" }, 3)).ErrorCode}"),
        Unspoken("Metadata in a version to come", 3, 99),
        Unspoken("Fetch in version 3", 1, 3),
        Unspoken("Produce in version 2", 0, 2),
        Unspoken("a negative version", 3, -1),
        Unspoken("an API that there is not", 9999, 0),
        Unspoken("an API between brokers", 56, 0),
        new("Nobody speaks: a frame of negative size", "closed", static b => RawAsync(b, [255, 255, 255, 255])),
        new("Nobody speaks: a frame too short for a header", "closed", static b => RawAsync(b, [0, 0, 0, 2, 0, 3])),
        new("Nobody speaks: a body cut off", "closed", static b => RawAsync(b, [0, 0, 0, 12, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0, 0])),
        new("Nobody speaks: a frame above the largest", "closed", static b => RawAsync(b, [0x7f, 255, 255, 255])),
    ];

    private static IEnumerable<ErrorCase> Cluster() =>
    [
        new("DescribeCluster: of brokers", "0", static b => ClusterAsync(b, 1)),
        new("DescribeCluster: of controllers", "114", static b => ClusterAsync(b, 2)),
        new("DescribeCluster: of an unknown kind", "115", static b => ClusterAsync(b, 3)),
        new("DescribeLogDirs: unknown topic", "0 0", static async b =>
        {
            var answer = await b.AskAsync<DescribeLogDirsResponse>(
                new DescribeLogDirsRequest { Topics = [new() { Topic = "nowhere", Partitions = [0] }] }, 4);
            return $"{answer.ErrorCode} {answer.Results[0].ErrorCode}";
        }),
    ];

    private static IEnumerable<ErrorCase> Leaders() =>
    [
        new("ElectLeaders: unknown topic", "0: 3", static b => ElectAsync(b, "nowhere", 0)),
        new("ElectLeaders: unknown partition", "0: 3", static async b => await ElectAsync(b, await b.TopicAsync(), 1)),
        new("ElectLeaders: not needed", "0: 84", static async b => await ElectAsync(b, await b.TopicAsync(), 0)),
        new("ElectLeaders: unclean, not needed", "0: 84", static async b => await ElectAsync(b, await b.TopicAsync(), 0, 1)),
        new("ElectLeaders: all", "0: ", static async b =>
        {
            await b.TopicAsync();
            return Codes(await b.AskAsync<ElectLeadersResponse>(new ElectLeadersRequest { TopicPartitions = null }, 2));
        }),
    ];

    private static IEnumerable<ErrorCase> Reassignments() =>
    [
        new("AlterPartitionReassignments: unknown topic", "0: 3", static b => ReassignAsync(b, "nowhere", 0, [1])),
        new("AlterPartitionReassignments: unknown partition", "0: 3",
            static async b => await ReassignAsync(b, await b.TopicAsync(), 1, [1])),
        new("AlterPartitionReassignments: to an unknown broker", "0: 39",
            static async b => await ReassignAsync(b, await b.TopicAsync(), 0, [99])),
        new("AlterPartitionReassignments: to no broker", "0: 39", static async b => await ReassignAsync(b, await b.TopicAsync(), 0, [])),
        new("AlterPartitionReassignments: to the same broker twice", "0: 39",
            static async b => await ReassignAsync(b, await b.TopicAsync(), 0, [1, 1])),
        new("AlterPartitionReassignments: to where it is", "0: 0", static async b => await ReassignAsync(b, await b.TopicAsync(), 0, [1])),
        new("AlterPartitionReassignments: cancelled, none in progress", "0: 85",
            static async b => await ReassignAsync(b, await b.TopicAsync(), 0, null)),
        new("ListPartitionReassignments: unknown topic", "0: 0", static async b =>
        {
            var answer = await b.AskAsync<ListPartitionReassignmentsResponse>(
                new ListPartitionReassignmentsRequest { Topics = [new() { Name = "nowhere", PartitionIndexes = [0] }] }, 0);
            return $"{answer.ErrorCode}: {answer.Topics.Count}";
        }),
    ];

    private static IEnumerable<ErrorCase> Rules() =>
    [
        new("DescribeAcls: without an authorizer", "54",
            static async b =>
                $"{(await b.AskAsync<DescribeAclsResponse>(
                    new DescribeAclsRequest { ResourceTypeFilter = 1, PatternTypeFilter = 1, Operation = 1, PermissionType = 1 },
                    3)).ErrorCode}"),
        new("CreateAcls: without an authorizer", "54", static async b =>
        {
            var request = new CreateAclsRequest
            {
                Creations = [new()
                {
                    ResourceType = 2,
                    ResourceName = "t",
                    ResourcePatternType = 3,
                    Principal = "User:a",
                    Host = "*",
                    Operation = 3,
                    PermissionType = 3
                }]
            };
            return string.Join(' ', (await b.AskAsync<CreateAclsResponse>(request, 3)).Results.Select(static r => r.ErrorCode));
        }),
        new("DeleteAcls: without an authorizer", "54", static async b =>
        {
            var request = new DeleteAclsRequest
            {
                Filters = [new() { ResourceTypeFilter = 1, PatternTypeFilter = 1, Operation = 1, PermissionType = 1 }]
            };
            return string.Join(' ', (await b.AskAsync<DeleteAclsResponse>(request, 3)).FilterResults.Select(static r => r.ErrorCode));
        }),
    ];

    private static ErrorCase Unspoken(string name, short key, short version) =>
        new($"Nobody speaks: {name}", "closed", b => RawAsync(b, Header(key, version)));

    // A whole frame: a header without a client id, flexible ones with no tagged fields, and no body.
    private static byte[] Header(short key, short version, bool isFlexible = false)
    {
        var frame = new byte[isFlexible ? 15 : 14];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), key);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), 1);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), -1);
        return frame;
    }

    private static async Task<string> RawAsync(CaseBroker broker, byte[] bytes)
    {
        await broker.Client.SendAsync(bytes);
        return await broker.Client.IsClosedAsync() ? "closed" : "open";
    }

    private static async Task<string> ClusterAsync(CaseBroker broker, sbyte endpoint) =>
        $"{(await broker.AskAsync<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = endpoint }, 1)).ErrorCode}";

    private static async Task<string> ElectAsync(CaseBroker broker, string topic, int partition, sbyte type = 0) =>
        Codes(await broker.AskAsync<ElectLeadersResponse>(
            new ElectLeadersRequest { ElectionType = type, TopicPartitions = [new() { Topic = topic, Partitions = [partition] }] }, 2));

    private static string Codes(ElectLeadersResponse response) =>
        $"{response.ErrorCode}: {string.Join(
            ' ', response.ReplicaElectionResults.SelectMany(static t => t.PartitionResult).Select(static p => p.ErrorCode))}";

    private static async Task<string> ReassignAsync(CaseBroker broker, string topic, int partition, List<int>? replicas)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Replicas = replicas }] }]
        };
        var answer = await broker.AskAsync<AlterPartitionReassignmentsResponse>(request, 1);
        return $"{answer.ErrorCode}: {string.Join(
            ' ', answer.Responses.SelectMany(static t => t.Partitions).Select(static p => p.ErrorCode))}";
    }

    private static ErrorCase Update(string name, string kafka, string feature, short level) =>
        new($"UpdateFeatures: {name}", kafka, async b =>
        {
            var type = (sbyte)(level == 0 ? 2 : 1);
            var update = new UpdateFeaturesRequest.FeatureUpdateKey { Feature = feature, MaxVersionLevel = level, UpgradeType = type };
            return $"{(await b.AskAsync<UpdateFeaturesResponse>(new UpdateFeaturesRequest { FeatureUpdates = [update] }, 2)).ErrorCode}";
        });
}
