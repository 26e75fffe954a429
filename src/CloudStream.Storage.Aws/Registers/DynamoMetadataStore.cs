using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using CloudStream.Storage.Aws.Requests;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Aws.Registers;

/// <summary>
/// Registers as items of a DynamoDB table. All reads are strong; each conditional write is one request, whose refusal brings the item that
/// stood in the way.
/// </summary>
internal sealed class DynamoMetadataStore(IAmazonDynamoDB client, string table, TimeSpan timeout) : IMetadataStore
{
    // Partitions that are entered under TableKey.Nested.
    private readonly ConcurrentDictionary<string, bool> _entered = new(StringComparer.Ordinal);

    /// <summary>One put into S3 costs as much as eight write units of 1 KiB.</summary>
    public int InlineMaxBytes => 3 * 1024;

    /// <inheritdoc/>
    public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        RegisterKeys.Check(key);
        return await GetItemAsync(key, null, cancellationToken).ConfigureAwait(false) is { } item ? TableItem.Read(item) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken)
    {
        RegisterKeys.Check(key);
        const string wanted = $"{TableKey.Partition}, {TableKey.Sort}, {TableItem.Version}, {TableItem.Write}";
        return await GetItemAsync(key, wanted, cancellationToken).ConfigureAwait(false) is { } item ? TableItem.VersionOf(item) : default;
    }

    /// <inheritdoc/>
    public async ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        RegisterKeys.CheckRange(family, first, count);
        var found = new Register?[count];
        var query = Query(TableKey.PartitionOf(family), $"{TableKey.Sort} BETWEEN :a AND :b");
        query.ExpressionAttributeValues[":a"] = new AttributeValue(SortOf(family, first));
        query.ExpressionAttributeValues[":b"] = new AttributeValue(SortOf(family, first + count - 1));
        await foreach (var item in QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (RegisterKeys.TrySlotIn(family, TableKey.KeyOf(item), out var slot))
                found[slot - first] = TableItem.Read(item);
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        RegisterKeys.CheckPut(key, value, expectedVersion);
        if (expectedVersion == 0)
            await EnterAsync(key, cancellationToken).ConfigureAwait(false);
        var request = new PutItemRequest
        {
            TableName = table,
            Item = TableItem.Of(key, value, expectedVersion + 1, writeId),
            ConditionExpression = expectedVersion == 0 ? $"attribute_not_exists({TableItem.Version})" : $"{TableItem.Version} = :n",
            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
        };
        if (expectedVersion > 0)
            request.ExpressionAttributeValues = new() { [":n"] = TableItem.Number(expectedVersion) };
        var refused = await WriteAsync(token => client.PutItemAsync(request, token), key, cancellationToken).ConfigureAwait(false);
        return refused ?? PutResult.Done(expectedVersion + 1);
    }

    /// <inheritdoc/>
    public async ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken)
    {
        RegisterKeys.CheckDelete(key, expectedVersion);
        var request = new UpdateItemRequest
        {
            TableName = table,
            Key = TableKey.Of(key),
            UpdateExpression = $"SET {TableItem.Version} = :next REMOVE {TableItem.Value}, {TableItem.Write}",
            ConditionExpression = $"{TableItem.Version} = :n AND attribute_exists({TableItem.Value})",
            ExpressionAttributeValues = new()
            {
                [":n"] = TableItem.Number(expectedVersion),
                [":next"] = TableItem.Number(expectedVersion + 1),
            },
            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
        };
        var refused = await WriteAsync(token => client.UpdateItemAsync(request, token), key, cancellationToken).ConfigureAwait(false);
        return refused ?? PutResult.Done(expectedVersion + 1);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RegisterKeys.CheckPrefix(prefix);
        var cut = prefix.LastIndexOf('/') + 1;
        var flat = Query(TableKey.PartitionOf(prefix[..cut]), $"begins_with({TableKey.Sort}, :b)");
        flat.ExpressionAttributeValues[":b"] = new AttributeValue(TableKey.SortOf(prefix.AsSpan(cut)));
        var nested = await NestedAsync(prefix, cancellationToken).ConfigureAwait(false);
        if (nested.Count == 0)
        {
            await foreach (var item in QueryAsync(flat, cancellationToken).ConfigureAwait(false))
            {
                if (TableItem.Read(item) is { } register)
                    yield return register;
            }

            yield break;
        }

        // Rare, and only tools do so: what lies in several partitions has its order only when all of it has been read.
        var found = new SortedDictionary<string, Register>(StringComparer.Ordinal);
        foreach (var query in nested.Select(p => Query(p, null)).Prepend(flat))
        {
            await foreach (var item in QueryAsync(query, cancellationToken).ConfigureAwait(false))
            {
                if (TableItem.Read(item) is { } register)
                    found[register.Key] = register;
            }
        }

        foreach (var register in found.Values)
            yield return register;
    }

    private static string SortOf(string family, int slot) => TableKey.SortOf(RegisterKeys.SlotOf(family, slot).AsSpan(family.Length));

    private async ValueTask<Dictionary<string, AttributeValue>?> GetItemAsync(
        string key, string? projection, CancellationToken cancellationToken)
    {
        var request = new GetItemRequest
        {
            TableName = table,
            Key = TableKey.Of(key),
            ConsistentRead = true,
            ProjectionExpression = projection,
        };
        var answer = await Attempt.RunAsync(
            token => client.GetItemAsync(request, token), timeout, Reading(key), isInDoubt: false, cancellationToken).ConfigureAwait(false);
        return answer.Item is { Count: > 0 } item ? item : null;
    }

    // What stood in the way; null when the write took effect.
    private async ValueTask<PutResult?> WriteAsync<T>(
        Func<CancellationToken, Task<T>> call, string key, CancellationToken cancellationToken)
    {
        return await Attempt.RunAsync<PutResult?>(
            async token =>
            {
                try
                {
                    await call(token).ConfigureAwait(false);
                    return null;
                }
                catch (ConditionalCheckFailedException e)
                {
                    return e.Item is not { Count: > 0 } item ? PutResult.Absent(0)
                        : TableItem.Read(item) is { } register ? PutResult.Conflict(register)
                        : PutResult.Absent(TableItem.VersionOf(item).Version);
                }
            },
            timeout, $"writing register {key} in table {table}", isInDoubt: true, cancellationToken).ConfigureAwait(false);
    }

    // Before the first register of a partition is written, so that no list misses it. Entering twice is the same.
    private async ValueTask EnterAsync(string key, CancellationToken cancellationToken)
    {
        var partition = TableKey.PartitionOf(key[..(key.LastIndexOf('/') + 1)]);
        if (!TableKey.IsNested(partition) || _entered.ContainsKey(partition))
            return;
        var request = new PutItemRequest { TableName = table, Item = TableKey.Of(TableKey.Nested, partition) };
        await Attempt.RunAsync(
            token => client.PutItemAsync(request, token), timeout, $"entering {partition} in table {table}", isInDoubt: false,
            cancellationToken).ConfigureAwait(false);
        _entered[partition] = true;
    }

    // The partitions whose registers' keys all begin so, other than the one that the prefix itself names.
    private async ValueTask<List<string>> NestedAsync(string prefix, CancellationToken cancellationToken)
    {
        var query = Query(TableKey.Nested, $"begins_with({TableKey.Sort}, :b)");
        query.ExpressionAttributeValues[":b"] = new AttributeValue(TableKey.PartitionOf(prefix));
        var found = new List<string>();
        await foreach (var item in QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (item[TableKey.Sort].S != TableKey.PartitionOf(prefix))
                found.Add(item[TableKey.Sort].S);
        }

        return found;
    }

    private QueryRequest Query(string partition, string? condition) => new()
    {
        TableName = table,
        ConsistentRead = true,
        KeyConditionExpression = $"{TableKey.Partition} = :p" + (condition is null ? "" : $" AND {condition}"),
        ExpressionAttributeValues = new() { [":p"] = new AttributeValue(partition) },
    };

    private async IAsyncEnumerable<Dictionary<string, AttributeValue>> QueryAsync(
        QueryRequest query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            var page = await Attempt.RunAsync(
                token => client.QueryAsync(query, token), timeout, Reading(query.ExpressionAttributeValues[":p"].S[1..]),
                isInDoubt: false, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items ?? [])
                yield return item;
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    private string Reading(string key) => $"reading register {key} in table {table}";
}
