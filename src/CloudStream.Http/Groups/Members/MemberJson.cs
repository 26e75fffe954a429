using System.Text.Json;
using CloudStream.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups.Members;

/// <summary>Says where a member stands.</summary>
internal static class MemberJson
{
    public static Task AnswerAsync(HttpContext context, MemberSession session, bool stands = true) =>
        JsonResponse.WriteAsync(context, (session, stands), static (json, answer) =>
        {
            json.WriteStartObject();
            WriteMembers(json, answer.session.MemberId, answer.session.Standing, !answer.stands || answer.session.Membership.IsJoining);
            json.WriteEndObject();
        });

    /// <summary>Writes the members into the object that has been begun.</summary>
    public static void WriteMembers(Utf8JsonWriter json, string memberId, MemberStanding standing, bool isRebalancing)
    {
        json.WriteString("memberId", memberId);
        json.WriteNumber("generation", standing.Generation);
        json.WriteBoolean("rebalancing", isRebalancing);
        GroupJson.WriteAssignment(json, standing.Assignment);
    }
}
