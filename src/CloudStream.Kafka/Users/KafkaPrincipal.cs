namespace CloudStream.Kafka.Users;

/// <summary>Who a client is, in Kafka's words: the only type is <c>User</c>.</summary>
/// <param name="Name">The user's name.</param>
internal sealed record KafkaPrincipal(string Name)
{
    /// <summary>Who has not proved who he is, where nobody has to.</summary>
    public static readonly KafkaPrincipal Anonymous = new("ANONYMOUS");

    public override string ToString() => $"User:{Name}";
}
