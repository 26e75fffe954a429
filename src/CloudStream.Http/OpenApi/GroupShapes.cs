using Microsoft.OpenApi;
using static CloudStream.Http.OpenApi.Shapes;

namespace CloudStream.Http.OpenApi;

/// <summary>The shapes of the operations on groups.</summary>
internal static class GroupShapes
{
    public static IEnumerable<(string Name, OpenApiSchema Schema)> All(OpenApiDocument document) =>
        Descriptions(document).Concat(Offsets(document)).Concat(Members(document));

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Descriptions(OpenApiDocument document)
    {
        (string, IOpenApiSchema)[] listed =
        [
            ("group", String("The group's name.")), ("type", String("classic.")),
            ("protocolType", String("consumer for consumers; empty where only offsets were committed.")),
            ("state", String("Empty, PreparingRebalance, CompletingRebalance, Stable; Unknown where only another broker knows.")),
        ];
        var member = Object(
            ["memberId", "clientId", "host", "assignment"],
            ("memberId", String("Its id.")), ("instanceId", String("A static member's own name.")),
            ("clientId", String("Its name for itself.")), ("host", String("Where it is.")),
            ("assignment", Reference(document, "Assignment")));
        var partition = Object(
            ["topic", "partition", "logStartOffset", "logEndOffset"],
            ("topic", String("Topic.")), ("partition", Integer("int32", 0)), ("committedOffset", NullableInteger()),
            ("leaderEpoch", Integer("int32", 0)), ("metadata", String("What was committed with it.")),
            ("committedAt", Integer("int64", 0)), ("logStartOffset", Integer("int64", 0)), ("logEndOffset", Integer("int64", 0)),
            ("lag", NullableInteger()), ("memberId", String("Whose it is.")));
        return
        [
            ("GroupList", Object(["groups"], ("groups", Array(Object(["group", "type", "protocolType", "state"], listed))))),
            ("Assignment", Array(Object(["topic", "partitions"], ("topic", String("Topic.")), ("partitions", Array(Integer("int32", 0)))))),
            ("GroupDescription", Object(
                ["group", "type", "protocolType", "state", "generation", "assignor", "leader", "coordinator", "members",
                    "partitions", "lag"],
                [.. listed, ("generation", Integer("int32", 0)), ("assignor", String("The elected assignor.")),
                    ("leader", String("The member that assigns.")), ("coordinator", Integer("int32", -1)),
                    ("members", Array(member)), ("partitions", Array(partition)), ("lag", Integer("int64", 0))])),
        ];
    }

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Offsets(OpenApiDocument document)
    {
        var timestamp = new OpenApiSchema { OneOf = [Integer("int64", 0), String("ISO 8601.")] };
        var committed = Object(["topic", "partition", "offset", "committedAt"], ("topic", String("Topic.")),
            ("partition", Integer("int32", 0)), ("offset", Integer("int64", 0)),
            ("leaderEpoch", Integer("int32", 0)), ("metadata", String("What was committed with it.")),
            ("committedAt", Integer("int64", 0)));
        var commit = Strict(Object(["topic", "partition", "offset"], ("topic", Reference(document, "TopicName")),
            ("partition", Integer("int32", 0)), ("offset", Integer("int64", 0)),
            ("leaderEpoch", Integer("int32", -1)), ("metadata", String("Comes back with the offset."))));
        var move = Object(["topic", "partition", "offset"], ("topic", String("Topic.")), ("partition", Integer("int32", 0)),
            ("before", NullableInteger()), ("offset", Integer("int64", 0)));
        var place = Strict(Object(["topic", "partition"], ("topic", Reference(document, "TopicName")), ("partition", Integer("int32", 0))));
        return
        [
            ("Place", place),
            ("GroupOffsets", Object(["offsets"], ("offsets", Array(committed)))),
            ("CommitOffsets", Strict(Object(["offsets"], ("offsets", Array(commit))))),
            ("ResetOffsets", Strict(Object(
                [], ("to", String("earliest or latest.")), ("offset", Integer("int64", 0)), ("timestamp", timestamp),
                ("shiftBy", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" }),
                ("topics", Array(Reference(document, "TopicName"))), ("partitions", Array(Reference(document, "Place"))),
                ("dryRun", Flag())))),
            ("ResetAnswer", Object(["dryRun", "offsets"], ("dryRun", Flag()), ("offsets", Array(move)))),
        ];
    }

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Members(OpenApiDocument document)
    {
        var wait = new OpenApiSchema { OneOf = [Integer("int64", 0), Reference(document, "Duration")] };
        (string, IOpenApiSchema)[] standing =
        [
            ("memberId", String("The member.")), ("generation", Integer("int32", -1)),
            ("rebalancing", new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Description = "The group forms a new generation: poll, or join again with the member id."
            }),
            ("assignment", Reference(document, "Assignment")),
        ];
        return
        [
            ("JoinGroup", Strict(Object(["topics"], ("topics", Array(Reference(document, "TopicName"))),
                ("memberId", String("From an earlier join, to join again.")),
                ("instanceId", String("A lasting name of one's own: a static member.")), ("clientId", String("For descriptions.")),
                ("sessionTimeoutMs", Integer("int32", 1)),
                ("rebalanceTimeoutMs", Integer("int32", 1)), ("autoOffsetReset", String("earliest, latest (default) or none.")),
                ("assignors", Array(String("range, roundrobin or cooperative-sticky."))),
                ("ownedPartitions", Array(Reference(document, "Place"))), ("ownedGeneration", Integer("int32", -1)), ("wait", wait)))),
            ("Member", Object(["memberId", "generation", "rebalancing", "assignment"], standing)),
            ("Poll",
                Strict(Object([], ("maxRecords", Integer("int32", 1)), ("maxBytes", Integer("int32", 1)), ("wait", wait),
                    ("commit", Flag()), ("after", Integer("int64", 0))))),
            ("PollAnswer", Object(["memberId", "generation", "rebalancing", "assignment", "poll", "records"],
                [.. standing, ("poll", Integer("int64", 0)), ("records", Array(Reference(document, "GroupRecord")))])),
            ("GroupRecord", new OpenApiSchema { AllOf = [Reference(document, "Record"), Object(["topic"], ("topic", String("Topic.")))] }),
            ("Heartbeat", Strict(
                Object([], ("generation", Integer("int32", 0)), ("instanceId", String("A static member's own name.")), ("wait", wait)))),
            ("MemberCommit", Strict(Object(
                [],
                ("offsets", new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Description = "As CommitOffsets; without it everything that polls have answered."
                }),
                ("generation", Integer("int32", 0)), ("instanceId", String("A static member's own name."))))),
        ];
    }

    private static OpenApiSchema NullableInteger() => new() { Type = JsonSchemaType.Integer | JsonSchemaType.Null, Format = "int64" };
}
