using System.Text;

namespace CloudStream.Kafka.Security;

/// <summary>
/// What a client says of itself by the mechanism PLAIN (RFC 4616): whom it acts for, its name, its password, with NUL between them.
/// </summary>
/// <param name="ActsFor">Whom it acts for; empty for itself.</param>
/// <param name="Name">Its name.</param>
/// <param name="Password">Its password.</param>
internal readonly record struct PlainToken(string ActsFor, string Name, string Password)
{
    /// <summary>Reads it; <paramref name="fault"/> is Kafka's message otherwise.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PlainToken token, out string fault)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split('\0');
        token = parts is [var actsFor, var name, var password] ? new PlainToken(actsFor, name, password) : default;
        fault = parts.Length != 3 ? $"Invalid SASL/PLAIN response: expected 3 tokens, got {parts.Length}"
            : token.Name.Length == 0 ? "Authentication failed: username not specified"
            : token.Password.Length == 0 ? "Authentication failed: password not specified"
            : "";
        return fault.Length == 0;
    }

    /// <summary>Without the password, wherever it is printed.</summary>
    public override string ToString() => $"PLAIN of '{Name}'";
}
