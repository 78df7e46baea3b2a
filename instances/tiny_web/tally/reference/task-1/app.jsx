import { useState } from 'preact/hooks'

export function App() {
  const [players, setPlayers] = useState([])
  const [refused, setRefused] = useState('')

  function join(name) {
    if (players.some((player) => player.name.toLowerCase() === name.toLowerCase())) {
      setRefused(name)
      return false
    }
    setRefused('')
    setPlayers([...players, { name, points: 0 }])
    return true
  }

  return (
    <>
      <h1>Tally</h1>
      <Joining join={join} />
      {refused && <p role="alert">{refused} has joined already</p>}
      <Table players={players} />
    </>
  )
}

function Joining({ join }) {
  function submit(event) {
    event.preventDefault()
    const field = event.target.elements.player
    const name = field.value.trim()
    if (name && join(name)) field.value = ''
  }
  return (
    <form onSubmit={submit}>
      <label>Player <input name="player" autocomplete="off" /></label>
      <button>Join</button>
    </form>
  )
}

function Table({ players }) {
  if (players.length === 0) return <p>Nobody has joined yet</p>
  return (
    <table>
      <thead><tr><th scope="col">Player</th><th scope="col">Points</th></tr></thead>
      <tbody>
        {players.map(({ name, points }) => (
          <tr key={name}><th scope="row">{name}</th><td>{points}</td></tr>
        ))}
      </tbody>
    </table>
  )
}
