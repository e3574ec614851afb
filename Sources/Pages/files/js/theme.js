/* Before the first paint: the look that was chosen on this device. */
{
    const theme = localStorage.getItem("busbar-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
