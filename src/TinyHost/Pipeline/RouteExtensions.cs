// Owns: routes by method, and groups of routes.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost;

/// <summary>Short forms of <see cref="Routes.Map"/>, which see for the exceptions.</summary>
public static class RouteExtensions
{
    /// <summary>Adds a route for GET, which answers HEAD too.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "The method's name is GET.")]
    public static Routes Get(this Routes routes, string template, Func<RequestContext, Task> handler) =>
        Map(routes, "GET", template, handler);

    /// <summary>Adds a route for POST.</summary>
    public static Routes Post(this Routes routes, string template, Func<RequestContext, Task> handler) =>
        Map(routes, "POST", template, handler);

    /// <summary>Adds a route for PUT.</summary>
    public static Routes Put(this Routes routes, string template, Func<RequestContext, Task> handler) =>
        Map(routes, "PUT", template, handler);

    /// <summary>Adds a route for PATCH (RFC 5789).</summary>
    public static Routes Patch(this Routes routes, string template, Func<RequestContext, Task> handler) =>
        Map(routes, "PATCH", template, handler);

    /// <summary>Adds a route for DELETE.</summary>
    public static Routes Delete(this Routes routes, string template, Func<RequestContext, Task> handler) =>
        Map(routes, "DELETE", template, handler);

    /// <summary>
    /// Adds the routes that <paramref name="add"/> adds to a group, with <paramref name="prefix"/> before their templates:
    /// <c>routes.Group("/admin", admin => admin.Get("/users", users))</c> adds <c>/admin/users</c>. The group's route <c>/</c> is the
    /// prefix itself, <c>/admin</c>. The prefix may have parameters, and groups may have groups. Throws <see cref="ArgumentException"/> for
    /// a prefix that does not begin with a slash or ends in one, and as <see cref="Routes.Map"/> does;
    /// <see cref="InvalidOperationException"/> for a group with a <see cref="Routes.NotFound"/> of its own.
    /// </summary>
    public static Routes Group(this Routes routes, string prefix, Action<Routes> add)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(add);
        if (prefix is not ['/', .., not '/'])
        {
            throw new ArgumentException(
                $"Not a group's prefix: '{prefix}'; it begins with a slash and does not end in one, such as /admin.", nameof(prefix));
        }

        _ = RouteTemplateParser.Parse(prefix);
        var group = new Routes();
        add(group);
        foreach (var route in group.Close($"The group {prefix}"))
        {
            var template = route.Template.Text;
            routes.Map(route.Method, template == "/" ? prefix : prefix + template, route.Handler);
        }

        return routes;
    }

    private static Routes Map(Routes routes, string method, string template, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes.Map(method, template, handler);
    }
}
