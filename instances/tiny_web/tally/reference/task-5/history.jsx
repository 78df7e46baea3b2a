export function History({ changes }) {
  if (changes.length === 0) return <p>Nothing has happened yet</p>
  return (
    <ol>
      {changes.map(({ name, by }, at) => (
        <li key={changes.length - at}>{name} {by > 0 ? '+1' : '-1'}</li>
      ))}
    </ol>
  )
}
