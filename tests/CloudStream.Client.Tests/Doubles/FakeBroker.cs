using System.Globalization;
using System.Net;
using System.Text;
using CloudStream.Client.Logging;

namespace CloudStream.Client.Tests.Doubles;

/// <summary>
/// A broker behind an <see cref="HttpMessageHandler"/>: the wire contract over lists in memory, and faults before and after it acts. A test
/// adds faults in the order in which the requests that they match arrive.
/// </summary>
internal sealed class FakeBroker : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FakePartition[]> _topics = [];
    private readonly List<Fault> _faults = [];
    private TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _requests = [];
    private readonly List<int> _appendSizes = [];
    private long _producers;

    /// <summary>Verb, path and query of what has arrived so far.</summary>
    public string[] Requests => Snapshot(_requests);

    /// <summary>Bytes of the batches that have arrived so far.</summary>
    public int[] AppendSizes => Snapshot(_appendSizes);

    public string? LastBody { get; private set; }

    public int MaxMessageBytes { get; set; } = 1_048_588;

    public long Producers => _producers;

    /// <summary>No connection to it can be made.</summary>
    public bool IsDown { get; set; }

    public FakePartition[] AddTopic(string name, int partitions)
    {
        lock (_gate)
            return _topics[name] = [.. Enumerable.Range(0, partitions).Select(_ => new FakePartition())];
    }

    public void Remove(string topic)
    {
        lock (_gate)
            _topics.Remove(topic);
    }

    /// <summary>The next request whose path ends so, and that no earlier fault takes, meets this fault.</summary>
    public Fault Next(string pathEnd, Fault fault)
    {
        lock (_gate)
            _faults.Add(fault with { PathEnd = pathEnd });
        return fault;
    }

    /// <summary>Lets pending fetches look again.</summary>
    public void Appended()
    {
        lock (_gate)
        {
            _appended.TrySetResult();
            _appended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public CloudStreamClient NewClient(TimeProvider? time = null, Action<CloudStreamClientOptions>? change = null)
    {
        var options = new CloudStreamClientOptions
        {
            Handler = this,
            TimeProvider = time ?? TimeProvider.System,
            RetryBackoff = TimeSpan.FromMilliseconds(1),
            MaxRetryBackoff = TimeSpan.FromMilliseconds(4),
        };
        change?.Invoke(options);
        return new CloudStreamClient(options);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        Fault? fault;
        lock (_gate)
        {
            _requests.Add($"{request.Method} {request.RequestUri.PathAndQuery}");
            fault = _faults.Find(candidate => path.EndsWith(candidate.PathEnd!, StringComparison.Ordinal) && candidate.Matches(request));
            if (fault is not null)
                _faults.Remove(fault);
        }

        if (IsDown || fault?.Unreachable == true)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        if (request.Content?.Headers.ContentType?.MediaType == "application/json")
            LastBody = Encoding.UTF8.GetString(body);
        fault?.Arrived.TrySetResult();
        if (fault?.Gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
        if (fault?.Reply is { } reply)
            return reply();
        var answer = await AnswerAsync(request, path, body, fault, cancellationToken);
        if (fault?.LoseReply == true)
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
        return answer;
    }

    public static HttpResponseMessage Problem(int status, string code, int? retryAfterSeconds = null, string members = "")
    {
        var reply = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(
                $$"""{"type":"https://cloudstream.dev/problems/{{code}}","title":"t","status":{{status}},"detail":"{{code}} """
                    + $$"""happened","code":"{{code}}"{{members}}}""",
                Encoding.UTF8,
                "application/problem+json"),
        };
        if (retryAfterSeconds is { } seconds)
            reply.Headers.RetryAfter = new System.Net.Http.Headers.RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
        return reply;
    }

    private async Task<HttpResponseMessage> AnswerAsync(
        HttpRequestMessage request, string path, byte[] body, Fault? fault, CancellationToken cancellationToken)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path == "/v1/producers")
            return Json($$"""{"producerId":{{Interlocked.Increment(ref _producers)}},"producerEpoch":0}""");
        if (path == "/v1/cluster")
            return Json("""{"clusterId":"c1","brokerId":7,"version":"0.1.0","ready":true,"later":[1]}""");
        FakePartition[]? topic;
        lock (_gate)
            topic = parts.Length > 2 ? _topics.GetValueOrDefault(Uri.UnescapeDataString(parts[2])) : null;
        if (topic is null)
            return Problem(404, "unknown-topic");
        if (parts.Length == 3)
            return Json(
                $$"""{"name":"{{parts[2]}}","id":"i","partitions":{{topic.Length}},"config":{},"configEntries":"""
                    + $$"""[{"name":"max.message.bytes","value":"{{MaxMessageBytes}}","isDefault":true,"doc":"d"}],"partitionDetails":"""
                    + $$"""[]}""");
        var partition = topic[int.Parse(parts[4], CultureInfo.InvariantCulture)];
        var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query);
        return parts[5] switch
        {
            "offsets" => Offsets(partition, query["at"]!),
            "batches" when request.Method == HttpMethod.Post => Append(partition, body),
            _ => await FetchAsync(partition, long.Parse(query["offset"]!, CultureInfo.InvariantCulture),
                int.Parse(query["maxBytes"]!, CultureInfo.InvariantCulture), fault, cancellationToken),
        };
    }

    private T[] Snapshot<T>(List<T> list)
    {
        lock (_gate)
            return [.. list];
    }

    private HttpResponseMessage Append(FakePartition partition, byte[] body)
    {
        lock (_gate)
        {
            _appendSizes.Add(body.Length);
            var (offset, duplicate) = partition.Append(body);
            Appended();
            return offset < 0
                ? Problem(409, "out-of-order-sequence")
                : Json(
                    $$"""{"baseOffset":{{offset}},"lastOffset":{{partition.EndOffset - 1}},"duplicate":"""
                        + $$"""{{(duplicate ? "true" : "false")}},"logStartOffset":0,"highWatermark":{{partition.EndOffset}}}""");
        }
    }

    private HttpResponseMessage Offsets(FakePartition partition, string at)
    {
        lock (_gate)
        {
            var offset = at switch
            {
                "earliest" => partition.LogStartOffset,
                "latest" => partition.EndOffset,
                _ => ByTime(partition, long.Parse(at, CultureInfo.InvariantCulture)),
            };
            return Json($$"""{"offset":{{offset}},"timestamp":-1,"leaderEpoch":0}""");
        }
    }

    private static long ByTime(FakePartition partition, long timestamp)
    {
        // FakePartition.Add stamps a batch with 1,000 ms plus its base offset.
        var found = timestamp - 1_000;
        return found >= partition.EndOffset ? -1 : Math.Max(found, 0);
    }

    private async Task<HttpResponseMessage> FetchAsync(
        FakePartition partition, long offset, int maxBytes, Fault? fault, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task appended;
            lock (_gate)
            {
                if (offset < partition.LogStartOffset || offset > partition.EndOffset)
                    return Problem(416, "offset-out-of-range", null,
                        $",\"logStartOffset\":{partition.LogStartOffset},\"highWatermark\":{partition.EndOffset}");
                var bytes = partition.Fetch(offset, maxBytes);
                if (bytes.Length > 0)
                    return Batches(partition, fault?.Damage is { } damage ? damage(bytes) : bytes);
                appended = _appended.Task;
            }

            await appended.WaitAsync(cancellationToken);
        }
    }

    private static HttpResponseMessage Batches(FakePartition partition, byte[] bytes)
    {
        var reply = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };
        reply.Headers.Add("CloudStream-High-Watermark", partition.EndOffset.ToString(CultureInfo.InvariantCulture));
        reply.Headers.Add("CloudStream-Log-Start-Offset", partition.LogStartOffset.ToString(CultureInfo.InvariantCulture));
        return reply;
    }

    private static HttpResponseMessage Json(string json) =>
        new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
}
