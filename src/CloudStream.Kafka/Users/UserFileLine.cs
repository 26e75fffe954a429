namespace CloudStream.Kafka.Users;

/// <summary>One line of a file of users. What it says of a fault never contains what may be a password.</summary>
internal static class UserFileLine
{
    /// <summary>Takes the user of <paramref name="line"/> into <paramref name="secrets"/>; says what is wrong otherwise.</summary>
    public static string? Fault(string line, Dictionary<string, string> secrets)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return "no colon: a line is NAME:PASSWORD";
        var (name, secret) = (line[..colon], line[(colon + 1)..]);
        if (name.Length == 0)
            return "no name before the colon";
        if (name != name.Trim())
            return $"a space before or after the name '{name.Trim()}'";
        if (secret.Length == 0)
            return $"no password for '{name}'";

        // NUL separates name and password on the wire (RFC 4616).
        if (line.Contains('\0', StringComparison.Ordinal))
            return "a NUL character";
        if (secret.StartsWith(PasswordHash.Prefix, StringComparison.Ordinal) && !PasswordHash.TryParse(secret, out _, out var fault))
            return $"'{name}': {fault}";
        return secrets.TryAdd(name, secret) ? null : $"'{name}' has a line already";
    }
}
