// Owns: carrying a wake-up of the transport through SslStream, which lets only IOException pass unchanged.

namespace TinyHost;

internal sealed class WokenException() : IOException("The transport was woken.");
