using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CloudStream.Client.Transport;

/// <summary>A successful reply whose body is yet to be read, under the deadline of its request. Whoever got it disposes it.</summary>
internal sealed class BrokerReply(
    BrokerConnection connection, HttpResponseMessage message, Uri server, Uri address, RequestDeadline deadline) : IDisposable
{
    public long? HeaderInt64(string name) =>
        message.Headers.TryGetValues(name, out var values) && long.TryParse(values.First(), out var number) ? number : null;

    public async Task<T> ReadJsonAsync<T>(JsonTypeInfo<T> type, bool isWrite)
    {
        try
        {
            var body = await message.Content.ReadAsByteArrayAsync(deadline.Token);
            return JsonSerializer.Deserialize(body, type) ?? throw BrokerProblem.Nonsense(address, "it is empty");
        }
        catch (JsonException e)
        {
            throw BrokerProblem.Nonsense(address, $"its JSON cannot be read{(e.Path is null or "$" ? "" : $" at {e.Path}")}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw connection.Translate(e, server, deadline, wasSent: isWrite);
        }
    }

    /// <summary>The whole body in an array of the shared pool.</summary>
    /// <returns>The array, which the caller gives back, and how much of it is body.</returns>
    public async Task<(byte[] Array, int Length)> ReadBodyAsync(int limitBytes)
    {
        var length = message.Content.Headers.ContentLength;
        if (length is null || length > limitBytes)
            throw BrokerProblem.Nonsense(address, $"a body of {length?.ToString() ?? "unknown"} bytes; the limit is {limitBytes}");
        var array = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await using var stream = await message.Content.ReadAsStreamAsync(deadline.Token);
            await stream.ReadExactlyAsync(array.AsMemory(0, (int)length), deadline.Token);
            return (array, (int)length);
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(array);
            if (e is HttpRequestException or IOException or OperationCanceledException)
                throw connection.Translate(e, server, deadline, wasSent: false);
            throw;
        }
    }

    public void Dispose()
    {
        message.Dispose();
        deadline.Dispose();
    }
}
