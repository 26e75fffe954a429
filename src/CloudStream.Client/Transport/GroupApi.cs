using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;

namespace CloudStream.Client.Transport;

/// <summary>
/// The broker's endpoints about groups, one method each. Goes to each group's coordinator once one broker has said where that is.
/// Thread-safe.
/// </summary>
internal sealed class GroupApi(BrokerConnection connection)
{
    private const int MaxCoordinators = 10_000;
    private const int MaxHops = 4;

    private readonly ConcurrentDictionary<string, Uri> _coordinators = new(StringComparer.Ordinal);

    public async Task<List<ListedGroupDocument>> ListAsync(CancellationToken cancellationToken) =>
        (await connection.SendJsonAsync(
            HttpMethod.Get, "v1/groups", null, DocumentContext.Default.GroupListDocument, cancellationToken)).Groups;

    public Task<GroupDocument> DescribeAsync(string group, CancellationToken cancellationToken) =>
        SendAsync(group, HttpMethod.Get, "", null, DocumentContext.Default.GroupDocument, TimeSpan.Zero, cancellationToken);

    public Task DeleteAsync(string group, CancellationToken cancellationToken) =>
        SendAsync(group, HttpMethod.Delete, "", null, cancellationToken);

    public async Task<List<GroupOffsetDocument>> ListOffsetsAsync(string group, CancellationToken cancellationToken) =>
        (await SendAsync(group, HttpMethod.Get, "/offsets", null, DocumentContext.Default.GroupOffsetsDocument, TimeSpan.Zero,
            cancellationToken)).Offsets;

    public Task AlterOffsetsAsync(string group, CommitOffsetsDocument commit, CancellationToken cancellationToken) =>
        SendAsync(group, HttpMethod.Post, "/offsets", () => BrokerConnection.Json(commit, DocumentContext.Default.CommitOffsetsDocument),
            cancellationToken);

    public Task DeleteOffsetsAsync(string group, string topic, int? partition, CancellationToken cancellationToken) =>
        SendAsync(group, HttpMethod.Delete, $"/offsets?topic={Uri.EscapeDataString(topic)}{(partition is { } p ? $"&partition={p}" : "")}",
            null, cancellationToken);

    public Task<ResetAnswerDocument> ResetOffsetsAsync(string group, ResetOffsetsDocument reset, CancellationToken cancellationToken) =>
        SendAsync(
            group,
            HttpMethod.Post,
            "/offsets/reset",
            () => BrokerConnection.Json(reset, DocumentContext.Default.ResetOffsetsDocument),
            DocumentContext.Default.ResetAnswerDocument,
            TimeSpan.Zero,
            cancellationToken);

    public Task<MemberDocument> JoinAsync(string group, JoinGroupDocument join, CancellationToken cancellationToken) =>
        SendAsync(
            group,
            HttpMethod.Post,
            "/members",
            () => BrokerConnection.Json(join, DocumentContext.Default.JoinGroupDocument),
            DocumentContext.Default.MemberDocument,
            TimeSpan.FromMilliseconds(join.Wait),
            cancellationToken);

    public Task<MemberDocument> HeartbeatAsync(
        string group, string member, HeartbeatDocument heartbeat, CancellationToken cancellationToken) =>
            SendAsync(
                group,
                HttpMethod.Post,
                $"{MemberPath(member)}/heartbeat",
                () => BrokerConnection.Json(heartbeat, DocumentContext.Default.HeartbeatDocument),
                DocumentContext.Default.MemberDocument,
                TimeSpan.FromMilliseconds(heartbeat.Wait),
                cancellationToken);

    public Task CommitAsync(string group, string member, CommitOffsetsDocument commit, CancellationToken cancellationToken) =>
        SendAsync(
            group, HttpMethod.Post, $"{MemberPath(member)}/commit",
            () => BrokerConnection.Json(commit, DocumentContext.Default.CommitOffsetsDocument), cancellationToken);

    public Task LeaveAsync(string group, string member, CancellationToken cancellationToken) =>
        SendAsync(group, HttpMethod.Delete, MemberPath(member), null, cancellationToken);

    private static string MemberPath(string member) => $"/members/{Uri.EscapeDataString(member)}";

    private async Task SendAsync(string group, HttpMethod method, string path, Func<HttpContent>? content,
        CancellationToken cancellationToken)
    {
        using var reply = await FollowAsync(group, method, path, content, TimeSpan.Zero, cancellationToken);
    }

    private async Task<T> SendAsync<T>(
        string group, HttpMethod method, string path, Func<HttpContent>? content, JsonTypeInfo<T> type, TimeSpan extraTime,
        CancellationToken cancellationToken)
    {
        using var reply = await FollowAsync(group, method, path, content, extraTime, cancellationToken);
        return await reply.ReadJsonAsync(type, method != HttpMethod.Get);
    }

    private async Task<BrokerReply> FollowAsync(
        string group, HttpMethod method, string path, Func<HttpContent>? content, TimeSpan extraTime, CancellationToken cancellationToken)
    {
        var address = $"v1/groups/{Uri.EscapeDataString(group)}{path}";
        for (var hops = 1; ; hops++)
        {
            var coordinator = _coordinators.GetValueOrDefault(group);
            try
            {
                return await connection.SendAsync(method, address, content?.Invoke(), extraTime, cancellationToken, coordinator);
            }
            catch (CloudStreamException e) when (e.Coordinator is { } other && hops < MaxHops)
            {
                if (_coordinators.Count >= MaxCoordinators)
                    _coordinators.Clear();
                _coordinators[group] = other;
            }
            catch (CloudStreamException e) when (coordinator is not null && IsGone(e))
            {
                // The next attempt asks the servers of the options where the group is now.
                _coordinators.TryRemove(group, out _);
                throw;
            }
        }
    }

    private static bool IsGone(CloudStreamException e) =>
        e.ErrorCode is ErrorCode.ConnectionFailed or ErrorCode.ReplyLost or ErrorCode.ShuttingDown or ErrorCode.NotCoordinator
            or ErrorCode.CoordinatorUnavailable;
}
