namespace CloudStream.Kafka.Users;

/// <summary>What one user's password is compared with. Thread-safe.</summary>
/// <param name="keyed">The password, or the one that was found right last, under the process's key; random bytes while none is
/// known.</param>
/// <param name="hash">What a password is held against that is not that one; null where no user's password is hashed.</param>
/// <param name="isHashed">Whether <paramref name="hash"/> is this user's, and not there to take as long as one.</param>
internal sealed class KafkaUser(byte[] keyed, PasswordHash? hash, bool isHashed)
{
    private volatile byte[] _keyed = keyed;

    public byte[] Keyed
    {
        get => _keyed;
        set => _keyed = value;
    }

    public PasswordHash? Hash => hash;

    public bool IsHashed { get; } = isHashed;
}
