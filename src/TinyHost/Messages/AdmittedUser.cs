// Owns: the user that a stage has admitted, and the principal that handlers see of it.

using System.Security.Claims;

namespace TinyHost;

/// <summary>A user, shared by all of its requests.</summary>
/// <param name="Name">The name.</param>
/// <param name="Scheme">How it was authenticated, such as <c>Basic</c>.</param>
internal sealed record AdmittedUser(string Name, string Scheme)
{
    /// <summary>A principal for one request, which its handler may change; without a name for null.</summary>
    internal static ClaimsPrincipal PrincipalOf(AdmittedUser? user) =>
        new(user is null ? new ClaimsIdentity() : new ClaimsIdentity([new Claim(ClaimTypes.Name, user.Name)], user.Scheme));
}
