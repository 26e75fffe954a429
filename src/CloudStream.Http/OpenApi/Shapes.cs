using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace CloudStream.Http.OpenApi;

/// <summary>The shapes of parameters and bodies, by the names that operations use.</summary>
internal static class Shapes
{
    /// <summary>Puts all shapes into the document's components.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        foreach (var (name, schema) in Scalars().Concat(Topics(document)).Concat(Records(document)).Concat(Others(document)).Concat(
            GroupShapes.All(document)))
            document.Components.Schemas[name] = schema;
    }

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Scalars() =>
    [
        ("Text", String("Text.")),
        ("Base64", new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte", Description = "Base64 with padding." }),
        ("Bytes", new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "Bytes as they are." }),
        ("Flag", new OpenApiSchema { Type = JsonSchemaType.Boolean }),
        ("Integer", Integer("int32", 0)),
        ("Offset", Integer("int64", 0)),
        ("Partition", Integer("int32", 0)),
        ("TopicName", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 249, Pattern = "^[a-zA-Z0-9._-]+$" }),
        ("Duration", new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[0-9]+(ms|s)?$", Description = "500, 500ms or 2s." }),
        ("Timestamp", String("Milliseconds since 1970, or ISO 8601 such as 2026-01-31T12:00:00Z.")),
        ("OffsetOrWord", String("An offset, earliest or latest.")),
        ("TimeOrWord", String("A word or a timestamp.")),
        ("ByteFormat", new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [JsonValue.Create("auto"), JsonValue.Create("string"), JsonValue.Create("json"), JsonValue.Create("base64")],
            Description =
                "auto: text as a string, other bytes in the member ending in Base64; json: the bytes are JSON text and stand here as JSON.",
        }),
        ("Events", String("Server-sent events; data is a Record as JSON on one line.")),
    ];

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Topics(OpenApiDocument document)
    {
        var settings = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = String("Value.") };
        var changes = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            AdditionalProperties = Nullable("The value; null goes back to the default.")
        };
        var id = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        var entry = Object(["name", "value", "isDefault", "doc"], ("name", String("Kafka's name.")),
            ("value", String("The value in force.")), ("isDefault", Flag()), ("doc", String("What it does.")));
        var partition = Object(
            ["partition", "shard", "leader", "leaderEpoch", "logStartOffset", "highWatermark", "bytes", "acceptedLosses"],
            ("partition", Integer("int32", 0)), ("shard", Integer("int32", 0)), ("leader", Integer("int32", -1)),
            ("leaderEpoch", Integer("int32", -1)),
            ("logStartOffset", Integer("int64", 0)), ("highWatermark", Integer("int64", 0)), ("bytes", Integer("int64", 0)),
            ("acceptedLosses", Array(Reference(document, "AcceptedLoss"))));
        return
        [
            ("AcceptedLoss", Object(["firstOffset", "lastOffset", "by", "at"], ("firstOffset", Integer("int64", 0)),
                ("lastOffset", Integer("int64", 0)), ("by", String("Who accepted it.")), ("at", Integer("int64", 0)))),
            ("Topic", Object(["name", "id", "partitions", "config"], ("name", String("Name.")), ("id", id),
                ("partitions", Integer("int32", 1)), ("config", settings))),
            ("TopicList", Object(["topics"], ("topics", Array(Reference(document, "Topic"))))),
            ("CreateTopic", Strict(
                Object(["name"], ("name", Reference(document, "TopicName")), ("partitions", Integer("int32", 1)), ("config", settings)))),
            ("ChangeTopic", Strict(Object([], ("partitions", Integer("int32", 1)), ("config", changes)))),
            ("TopicDescription", Object(
                ["name", "id", "partitions", "config", "configEntries", "partitionDetails"],
                ("name", String("Name.")), ("id", id), ("partitions", Integer("int32", 1)), ("config", settings),
                ("configEntries", Array(entry)), ("partitionDetails", Array(partition)))),
        ];
    }

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Records(OpenApiDocument document)
    {
        var any = new OpenApiSchema { Description = "A string is its UTF-8 bytes, another JSON value its compact text, null is null." };
        var header = Object(["name"], ("name", String("Name.")), ("value", Nullable("Text.")),
            ("valueBase64", Reference(document, "Base64")));
        var headers = new OpenApiSchema
        {
            OneOf = [new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Nullable("Text.") }, Array(header)],
            Description = "An object of strings, or an array, in which names may repeat.",
        };
        var timestamp = new OpenApiSchema { OneOf = [Integer("int64", 0), String("ISO 8601.")] };
        var record = Reference(document, "ProduceRecord");
        return
        [
            ("ProduceRecord", Strict(Object([], ("key", any), ("keyBase64", Reference(document, "Base64")), ("value", any),
                ("valueBase64", Reference(document, "Base64")),
                ("headers", headers), ("partition", Integer("int32", 0)), ("timestamp", timestamp)))),
            ("ProduceRequest", new OpenApiSchema
            {
                OneOf = [Strict(Object(["records"], ("records", Array(record)))), Array(record), record]
            }),
            ("ProduceResult", Object(["partition"], ("partition", Integer("int32", 0)), ("offset", Integer("int64", 0)),
                ("timestamp", Integer("int64", 0)),
                ("error", Object(["code", "detail"], ("code", String("The problem's code.")), ("detail", String("What failed.")))))),
            ("ProduceAnswer", new OpenApiSchema
            {
                OneOf = [Object(["results"], ("results", Array(Reference(document, "ProduceResult"))), ("duplicate", Flag())),
                    Reference(document, "StreamAnswer")],
            }),
            ("StreamAnswer", Object(["accepted", "partitions"], ("accepted", Integer("int64", 0)), ("duplicate", Flag()),
                ("partitions", new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Range() }))),
            ("LineResult", Object(["partition", "offset"], ("partition", Integer("int32", 0)), ("offset", Integer("int64", 0)))),
            ("Record", Object(["partition", "offset", "timestamp"], ("partition", Integer("int32", 0)), ("offset", Integer("int64", 0)),
                ("timestamp", Integer("int64", -1)),
                ("key", any), ("keyBase64", Reference(document, "Base64")), ("value", any), ("valueBase64", Reference(document, "Base64")),
                ("headers", Array(header)),
                ("resume", String("Resume token, where it was asked for.")))),
            ("RecordPage", Object(["records", "nextOffset", "highWatermark", "logStartOffset"],
                ("records", Array(Reference(document, "Record"))),
                ("nextOffset", Integer("int64", 0)), ("highWatermark", Integer("int64", 0)), ("logStartOffset", Integer("int64", 0)))),
        ];
    }

    private static IEnumerable<(string Name, OpenApiSchema Schema)> Others(OpenApiDocument document) =>
    [
        ("AppendAnswer", Object(["baseOffset", "lastOffset", "logStartOffset", "highWatermark"], ("baseOffset", Integer("int64", 0)),
            ("lastOffset", Integer("int64", 0)),
            ("logAppendTime", Integer("int64", 0)), ("duplicate", Flag()), ("logStartOffset", Integer("int64", -1)),
            ("highWatermark", Integer("int64", -1)))),
        ("OffsetAnswer", Object(["offset", "timestamp", "leaderEpoch"], ("offset", Integer("int64", -1)),
            ("timestamp", Integer("int64", -1)), ("leaderEpoch", Integer("int32", -1)))),
        ("DeleteRecords", Strict(Object(["beforeOffset"], ("beforeOffset", Integer("int64", -1))))),
        ("DeleteRecordsAnswer", Object(["logStartOffset"], ("logStartOffset", Integer("int64", 0)))),
        ("AcceptLoss", Strict(Object(["firstOffset", "lastOffset", "by"], ("firstOffset", Integer("int64", 0)),
            ("lastOffset", Integer("int64", 0)), ("by", String("Who accepts the loss, 1 to 200 characters."))))),
        ("Producer", Object(["producerId", "producerEpoch"], ("producerId", Integer("int64", 0)), ("producerEpoch", Integer("int32", 0)))),
        ("Cluster", Object(["clusterId", "brokerId", "version", "ready"], ("clusterId", String("Id.")), ("brokerId", Integer("int32", 0)),
            ("version", String("Version.")), ("ready", Flag()))),
        ("Status", Object(["status"], ("status", String("alive, ready or degraded.")), ("troubleCount", Integer("int32", 1)),
            ("troubles", Array(Trouble())))),
        ("Problem", Object(
            ["type", "title", "status", "detail", "code"],
            ("type", String("Address of the kind of problem; ends in the code.")),
            ("title", String("The same for every problem of a kind.")), ("status", Integer("int32", 400)),
            ("detail", String("What, where and the limit.")), ("code", String("Kebab-case.")), ("retryAfterMs", Integer("int32", 0)),
            ("endOffset", Integer("int64", 0)),
            ("logStartOffset", Integer("int64", 0)), ("highWatermark", Integer("int64", 0)), ("topic", String("Whose records.")),
            ("partition", Integer("int32", 0)),
            ("firstOffset", Integer("int64", 0)), ("lastOffset", Integer("int64", 0)),
            ("object", String("The object that is damaged or missing.")), ("line", Integer("int64", 1)), ("accepted", Integer("int64", 0)),
            ("partitions", new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Range() }),
            ("results", Array(Reference(document, "ProduceResult"))),
            ("coordinator", Object(["id"], ("id", Integer("int32", 0)),
                ("url", String("Where the broker is that coordinates the group.")))))),
    ];

    private static OpenApiSchema Trouble() =>
        Object(["kind", "detail"], ("kind", String("Kebab-case.")), ("detail", String("What and where.")));

    private static OpenApiSchema Range() =>
        Object(["firstOffset", "lastOffset", "count"], ("firstOffset", Integer("int64", 0)), ("lastOffset", Integer("int64", 0)),
            ("count", Integer("int64", 0)));

    internal static OpenApiSchema String(string description) => new() { Type = JsonSchemaType.String, Description = description };

    internal static OpenApiSchema Nullable(string description) =>
        new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = description };

    internal static OpenApiSchema Flag() => new() { Type = JsonSchemaType.Boolean };

    internal static OpenApiSchema Integer(string format, int minimum) =>
        new() { Type = JsonSchemaType.Integer, Format = format, Minimum = minimum.ToString() };

    internal static OpenApiSchema Array(IOpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    internal static OpenApiSchema Strict(OpenApiSchema schema)
    {
        schema.AdditionalPropertiesAllowed = false;
        return schema;
    }

    internal static OpenApiSchema Object(string[] required, params ReadOnlySpan<(string Name, IOpenApiSchema Schema)> properties)
    {
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string>(required, StringComparer.Ordinal),
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal),
        };
        foreach (var (name, property) in properties)
            schema.Properties.Add(name, property);
        return schema;
    }

    internal static OpenApiSchemaReference Reference(OpenApiDocument document, string shape) => new(shape, document);
}
