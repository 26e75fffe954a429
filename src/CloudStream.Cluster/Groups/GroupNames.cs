using System.Text;

namespace CloudStream.Cluster.Groups;

/// <summary>
/// Names that a group can have: any text of at most 32,767 bytes, as long as Kafka's protocol can say, that UTF-8 can hold.
/// </summary>
internal static class GroupNames
{
    public static bool IsValid(string groupId) =>
        groupId.Length <= short.MaxValue && Encoding.UTF8.GetByteCount(groupId) <= short.MaxValue && IsWhole(groupId);

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
